// Command cdk is the app that the CDK runs to deploy Tidewatch. It reads the
// context and the configuration file, builds the functions and makes one stack
// of them; whatever is wrong is told in sentences, all at once.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

func main() {
	err := run()
	if err != nil {
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintln(os.Stderr, "cdk: "+strings.TrimSuffix(line, "\n"))
		}
	}
	finish()
	if err != nil {
		os.Exit(1)
	}
}

// finish ends the CDK's Node process and removes its files. Now and then it
// complains that the process is gone already, which is what was wanted.
func finish() {
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = null
	}
	jsii.Close()
}

// run makes the cloud assembly. The CDK starts it in the folder of cdk.json.
func run() (err error) {
	// The CDK's only errors are panics.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("synthesis failed: %v", r)
		}
	}()
	app := awscdk.NewApp(nil)
	context, _ := app.Node().GetAllContext(nil).(map[string]any)
	c, err := readContext(context, regionOf(os.Getenv), ".")
	for _, note := range c.notes {
		fmt.Fprintln(os.Stderr, "configuration "+note.String())
	}
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "tidewatch-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) // the assembly has its own copy
	made, err := build(c, ".", dir, arm64)
	if err != nil {
		return err
	}
	if _, err := newStack(app, c, made); err != nil {
		return err
	}
	app.Synth(nil)
	return nil
}

// assumedRegion is what the CDK's command line says where nothing names a
// region. To deploy there unasked would be worse than to ask.
const assumedRegion = "us-east-1"

// regionOf is the region of the environment or of the AWS profile, or "". What
// may be the CDK's assumption counts only where the environment says the same.
func regionOf(getenv func(string) string) string {
	told := getenv("CDK_DEFAULT_REGION")
	if told != assumedRegion {
		return told
	}
	for _, name := range []string{"AWS_REGION", "AMAZON_REGION", "AWS_DEFAULT_REGION", "AMAZON_DEFAULT_REGION"} {
		if getenv(name) == told {
			return told
		}
	}
	return ""
}

// The CDK wants pointers.
func str(s string) *string          { return jsii.String(s) }
func strs(all ...string) *[]*string { return jsii.Strings(all...) }
func num(n int) *float64            { return jsii.Number(n) }
func yes() *bool                    { return jsii.Bool(true) }
func no() *bool                     { return jsii.Bool(false) }
func seconds(n int) awscdk.Duration { return awscdk.Duration_Seconds(num(n)) }
func minutes(n int) awscdk.Duration { return awscdk.Duration_Minutes(num(n)) }
