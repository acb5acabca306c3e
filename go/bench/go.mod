module github.com/tracezip/tracezip/go/bench

go 1.24

require github.com/tracezip/tracezip/go v0.0.0

replace github.com/tracezip/tracezip/go => ../
