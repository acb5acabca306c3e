package transport

import (
	"context"
	"fmt"

	"google.golang.org/grpc/stats"

	"github.com/tracezip/tracezip/go/transport/internal/negotiation"
)

// grpcStats counts the bytes of the calls that export traces: for a client what it sends, for a server what it
// receives. grpc-go does not tell how long compression takes.
type grpcStats struct {
	side     side
	counters *counters
	onError  func(error)
}

// call is what grpcStats knows of one.
type call struct {
	coding  string
	mark    int // bytes in front of the message that do not go out
	from    string
	decoded bool
}

// side is the key of a call in its context, where the call of a server may have one of a client below it.
type side bool

const (
	client side = true
	server side = false
)

// with says how the message of a call is coded, and marked.
func (s side) with(ctx context.Context, coding string, mark int) context.Context {
	return context.WithValue(ctx, s, &call{coding: coding, mark: mark})
}

// coding is how the message of a call is coded.
func (s side) coding(ctx context.Context) string {
	if c, ok := ctx.Value(s).(*call); ok {
		return c.coding
	}
	return ""
}

// TagRPC makes room for what is known of a call that comes in.
func (g *grpcStats) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	if info.FullMethodName != exportTraces || g.side == client { // which has done it
		return ctx
	}
	return server.with(ctx, codingNone, 0)
}

// HandleRPC counts.
func (g *grpcStats) HandleRPC(ctx context.Context, event stats.RPCStats) {
	c, ok := ctx.Value(g.side).(*call)
	switch {
	case !ok || event.IsClient() != bool(g.side):
	case g.side == server:
		g.received(ctx, c, event)
	default:
		if event, ok := event.(*stats.OutPayload); ok {
			g.counters.coded(ctx, c.coding, event.Length-c.mark, event.CompressedLength, 0)
		}
	}
}

// received is for events of a server, which come one after the other.
func (g *grpcStats) received(ctx context.Context, c *call, event stats.RPCStats) {
	switch event := event.(type) {
	case *stats.InHeader:
		if event.Compression != "" {
			c.coding = event.Compression
		}
		if event.RemoteAddr != nil {
			c.from = event.RemoteAddr.String()
		}
	case *stats.InPayload:
		c.decoded = true
		g.counters.coded(ctx, c.coding, event.CompressedLength, event.Length, 0)
	case *stats.End:
		if !c.decoded && event.Error != nil && c.coding == negotiation.Token {
			g.counters.failed(ctx, event.Error)
			g.onError(fmt.Errorf("a request from %s was not taken: %w", c.from, event.Error))
		}
	}
}

// TagConn does nothing.
func (g *grpcStats) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn does nothing.
func (g *grpcStats) HandleConn(context.Context, stats.ConnStats) {}
