# Everything needed is fetched into .tools/ or installed by scripts/setup.
GO ?= go
version := $(shell git describe --always --dirty 2>/dev/null || echo dev)
packages := ./...

.PHONY: run build test vet lint vuln bench shots fmt clean help

help: ## what can be done
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t12

run: build ## serve with invented data on http://127.0.0.1:8080
	@scripts/fetch-mongod
	@exec bin/tsunagi demo

build: ## build bin/tsunagi
	@$(GO) build -trimpath -ldflags '-X main.version=$(version)' -o bin/tsunagi ./cmd/tsunagi

test: ## run every test
	@scripts/setup
	@$(GO) test -p 2 -timeout 14m $(packages)

vet: ## go vet
	@$(GO) vet $(packages)

lint: vet ## vet and staticcheck
	@$(GO) tool staticcheck $(packages)

vuln: ## known vulnerabilities; needs the network
	@$(GO) tool govulncheck $(packages)

bench: build ## speed beside the bare database driver; writes var/bench.json
	@scripts/fetch-mongod
	@mkdir -p var
	@$(GO) run ./scripts/bench -tsunagi bin/tsunagi

shots: ## screenshots of every page into var/shots
	@scripts/setup
	@TSUNAGI_SHOTS="$(CURDIR)/var/shots" $(GO) test ./internal/e2e -run 'TestStory|TestShots' -count=1 -timeout 20m

fmt: ## format
	@gofmt -w cmd internal scripts templates

clean: ## remove what was built; keeps the data in var/
	@rm -rf bin
