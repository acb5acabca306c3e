module github.com/tracezip/tracezip/go/bench

go 1.25

require (
	github.com/klauspost/compress v1.20.4
	github.com/tracezip/tracezip/go v0.0.0-00010101000000-000000000000
)

replace github.com/tracezip/tracezip/go => ../
