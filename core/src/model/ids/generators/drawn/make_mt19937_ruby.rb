# Ids as the OpenTelemetry SDK for Ruby draws them: ruby make_mt19937_ruby.rb > mt19937_ruby.txt
#
# Needs the gem opentelemetry-sdk. The lines are as make_mt19937.py writes them.

require "opentelemetry/sdk"

Random.srand(20240229)
tracer = OpenTelemetry::SDK::Trace::TracerProvider.new.tracer("ids")

def show(span, root)
  puts span.context.hex_span_id + (root ? " #{span.context.hex_trace_id}" : "")
end

100.times do |request|
  root = tracer.start_root_span("request")
  show(root, true)
  inside = OpenTelemetry::Trace.context_with_span(root, parent_context: OpenTelemetry::Context.empty)
  (3 + request % 7).times { show(tracer.start_span("call", with_parent: inside), false) }
  if request > 40 && request % 16 == 15
    Random.bytes(4)
    puts 1
  end
  if request % 40 == 39
    Random.rand
    puts 2
  end
end
