// Package e2e has no code but its tests: Collectors as processes, from the SDK's request to the file of the gateway.
package e2e
