package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"

	"tsunagi/internal/control"
)

// task is a command that is carried out where the data are open: by the process that
// serves or works on them, which is called by its socket, else by this one. What it was
// given goes over the socket as JSON, so its fields are all that it may know of the caller.
type task interface {
	do(ctx context.Context, in *installation, out io.Writer) error
}

// tasks are all of them, by their words on the command line: by these processes call each
// other.
func tasks(ctx context.Context) (map[string]func() task, error) {
	parser, err := newParser(ctx, new(cli))
	if err != nil {
		return nil, err
	}
	out := map[string]func() task{}
	for _, command := range parser.Model.Leaves(false) {
		fresh := func() any { return reflect.New(command.Target.Type()).Interface() }
		if _, is := fresh().(task); is {
			out[command.Path()] = func() task { return fresh().(task) }
		}
	}
	return out, nil
}

// runner is a command that has something to do where it is called.
type runner interface {
	Run(ctx context.Context, s *Settings) error
}

// onlyTask is a command that is a task and nothing else, nil where it is something else.
func onlyTask(command any) task {
	if _, runs := command.(runner); runs {
		return nil
	}
	t, _ := command.(task)
	return t
}

// carryOut does a task where the data are open, and opens them for it where no process
// has done so.
func (s *Settings) carryOut(ctx context.Context, name string, t task) error {
	if done, err := s.ask(ctx, name, t); done {
		return err
	}
	in, err := s.openAsIs(ctx)
	if err != nil {
		return err
	}
	return errors.Join(t.do(ctx, in, os.Stdout), in.close())
}

// asked is a task as it goes over the socket.
type asked struct {
	Database string          `json:"database,omitempty"` // that the caller names, if any
	Task     json.RawMessage `json:"task"`
}

// ask lets the process do a task that has the data open; false when there is none.
func (s *Settings) ask(ctx context.Context, name string, t task) (done bool, err error) {
	raw, err := json.Marshal(t)
	if err != nil {
		return false, fmt.Errorf("encode %s: %w", name, err)
	}
	return control.Call(ctx, filepath.Join(s.Data, runDir), name, asked{Database: s.database(), Task: raw}, os.Stdout)
}

// database is the database that was named, "" where it is the one of the data.
func (s *Settings) database() string {
	if s.MongodbURI == "" {
		return ""
	}
	return s.MongodbURI + " " + s.MongodbName
}

// listen does tasks for others until the function that it returns is called. What keeps the
// socket from being made keeps nobody from serving.
func (in *installation) listen(ctx context.Context) (stop func()) {
	commands := map[string]control.Command{}
	all, err := tasks(ctx)
	for name, fresh := range all {
		commands[name] = in.command(fresh)
	}
	var server *control.Server
	if err == nil {
		server, err = control.Listen(in.process.Folder(), control.Config{Version: version, Commands: commands, Log: in.log})
	}
	if err != nil {
		in.log.Warn("administrator's commands must wait until this process is stopped", "error", err)
		return func() {}
	}
	return func() { in.mention(server.Close()) }
}

// command is a task as others call for it.
func (in *installation) command(fresh func() task) control.Command {
	return func(ctx context.Context, args json.RawMessage, out io.Writer) error {
		var a asked
		t := fresh()
		if err := json.Unmarshal(args, &a); err != nil {
			return fmt.Errorf("read what is asked for: %w", err)
		}
		if err := json.Unmarshal(a.Task, t); err != nil {
			return fmt.Errorf("read what is asked for: %w", err)
		}
		if a.Database != "" && a.Database != in.settings.database() {
			return control.ErrElsewhere
		}
		return t.do(ctx, in, out)
	}
}
