# Everything needed is fetched into .tools/ or installed by scripts/setup.
GO ?= go
version := $(shell git describe --always --dirty 2>/dev/null || echo dev)
packages := ./...
# Tests are linked without what only a debugger reads: that is half of linking. A third of
# their time they wait, so that three packages at once keep two cores busy; the longest one,
# the pages, runs three of its tests at once.
testing := -ldflags=-w -p 3 -parallel 3 -timeout 14m
# A program that is given away names no folders of whoever built it. Set empty, it
# shares what the tests have compiled already.
trimmed ?= -trimpath
# Gin can speak MessagePack, which nobody here does; to compile that takes longer than
# all the rest of Gin, and it is compiled anew for every kind of check.
export GOFLAGS := $(strip $(filter-out -tags=nomsgpack,$(GOFLAGS)) -tags=nomsgpack)

.PHONY: run build mongod install uninstall check test test-install test-proxy format tidy vet lint floors race fuzz vuln bench shots fmt clean help

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
	@$(GO) build $(trimmed) -ldflags '-X main.version=$(version)' -o bin/tsunagi ./cmd/tsunagi

mongod: ## fetch the MongoDB server into .tools/
	@scripts/fetch-mongod --pinned

install: ## program, MongoDB server, unit and settings below PREFIX and DESTDIR
	@[ -x bin/tsunagi ] || $(MAKE) build
	@PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' DESTDIR='$(DESTDIR)' MONGOD='$(MONGOD)' scripts/install

uninstall: ## remove what install put there; keeps settings and data
	@PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' DESTDIR='$(DESTDIR)' scripts/install --remove

check: format tidy vet ## what needs no database and no browser, in seconds: for the daily loop
	@$(GO) test $$(scripts/packages quick)

test: ## run every test
	@scripts/setup
	@$(GO) test $(testing) $(if $(rest),-vet=off $$(scripts/packages rest),$(packages))

test-install: build mongod ## README's installation as written, in a clean Debian with systemd; as root
	@scripts/test-install

test-proxy: build mongod ## the program behind nginx, Apache and Caddy; as root on Debian
	@GOFLAGS= scripts/test-proxy

format: ## whether all is formatted
	@u=$$(gofmt -l cmd deploy internal scripts templates); [ -z "$$u" ] || { printf 'not formatted (run make fmt):\n%s\n' "$$u" >&2; exit 1; }

tidy: ## whether go.mod says what is used
	@$(GO) mod tidy -diff

vet: ## go vet
	@$(GO) vet $(packages)

# The tags that errcheck is given replace those of GOFLAGS: without them it would compile all anew.
lint: vet ## vet, staticcheck, errcheck, unparam, bodyclose
	@GOGC=400 $(GO) tool staticcheck $(packages)
	@$(GO) tool errcheck -tags nomsgpack $(packages)
	@$(GO) tool unparam -tests=false $(packages)
	@$(GO) vet -vettool="$$($(GO) tool -n bodyclose)" $$(scripts/packages http)

floors: ## whether each rule room's own tests reach enough of it
	@$(GO) run ./scripts/floors

race: ## the packages that start goroutines, under the race detector; vet is another step
	@scripts/setup
	@$(GO) test -race -vet=off $(testing) $$(scripts/packages racing)

fuzz: ## ten seconds of every fuzz target
	@scripts/fuzz 10s $(if $(blind),blind)

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
