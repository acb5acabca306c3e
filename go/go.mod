module github.com/tracezip/tracezip/go

go 1.24
