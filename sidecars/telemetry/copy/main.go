// Command copy brings language agents out of this image, for clusters that cannot mount an image as a volume.
//
// It is the entry of the remora-telemetry image: `/copy node java` copies /node and /java into /remora/telemetry. It
// writes the same files again when its container is started again, and needs no shell, no root and no writable root.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

const target = "/remora/telemetry"

var runtimes = []string{"node", "java", "python"}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "remora telemetry: CopyFailed: %v\n", err)
		os.Exit(1)
	}
}

func run(names []string) error {
	for _, name := range names {
		if !slices.Contains(runtimes, name) {
			return fmt.Errorf("%q is not a runtime; there are %v", name, runtimes)
		}
		if err := copyFolder("/"+name, filepath.Join(target, name)); err != nil {
			return err
		}
	}
	return nil
}

func copyFolder(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, entry := range entries {
		source, destination := filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())
		if entry.IsDir() {
			err = copyFolder(source, destination)
		} else {
			err = copyFile(source, destination)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	destination, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if closed := destination.Close(); err == nil {
			err = closed
		}
	}()
	_, err = io.Copy(destination, source)
	return err
}
