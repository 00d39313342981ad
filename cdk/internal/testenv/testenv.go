// Package testenv sets what the CDK's Node process reads from the environment.
// It copies the environment while Go initialises packages, so a test's own code
// is too late. This package imports nothing but os, and its path sorts before
// what the CDK imports: Go initialises it first.
package testenv

import "os"

// Dir is for everything that tests of the CDK write. TestMain removes it.
var Dir string

func init() {
	dir, err := os.MkdirTemp("", "tidewatch-cdk-test-")
	if err != nil {
		panic(err)
	}
	Dir = dir
	for name, value := range map[string]string{
		"TMPDIR": dir,
		// The validator takes 4 s; `cdk synth` runs it, and so does .ci/run.
		"CDK_VALIDATION": "false",
		"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
}
