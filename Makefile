# Everything needed is fetched into .tools/ or installed by scripts/setup.
GO ?= go
version := $(shell git describe --always --dirty 2>/dev/null || echo dev)
packages := ./...

.PHONY: run build mongod install uninstall test test-install vet lint vuln bench shots fmt clean help

# Where make install puts things, as people expect to say it.
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=
MONGOD ?=

help: ## what can be done
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t14

run: build ## serve with invented data on http://127.0.0.1:8080
	@scripts/fetch-mongod
	@exec bin/tsunagi demo

build: ## build bin/tsunagi
	@$(GO) build -trimpath -ldflags '-X main.version=$(version)' -o bin/tsunagi ./cmd/tsunagi

mongod: ## fetch the MongoDB server into .tools/
	@scripts/fetch-mongod --pinned

install: ## program, MongoDB server, unit and settings below PREFIX and DESTDIR
	@[ -x bin/tsunagi ] || $(MAKE) build
	@PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' DESTDIR='$(DESTDIR)' MONGOD='$(MONGOD)' scripts/install

uninstall: ## remove what install put there; keeps settings and data
	@PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' DESTDIR='$(DESTDIR)' scripts/install --remove

test: ## run every test
	@scripts/setup
	@$(GO) test -p 2 -timeout 14m $(packages)

test-install: build mongod ## README's installation as written, in a clean Debian with systemd; as root
	@scripts/test-install

vet: ## go vet
	@$(GO) vet $(packages)

lint: vet ## vet and staticcheck
	@$(GO) tool staticcheck $(packages)

vuln: ## known vulnerabilities; needs the network
	@$(GO) tool govulncheck $(packages)

bench: build ## speed beside the bare database driver; writes var/bench.json
	@scripts/fetch-mongod
	@mkdir -p var
	@$(GO) run ./scripts/bench

shots: ## screenshots of every page into var/shots
	@scripts/setup
	@TSUNAGI_SHOTS="$(CURDIR)/var/shots" $(GO) test ./internal/e2e -run 'TestStory|TestShots' -count=1 -timeout 20m

fmt: ## format
	@gofmt -w cmd deploy internal scripts templates

clean: ## remove what was built; keeps the data in var/
	@rm -rf bin
