"""Parses commands as the AWS CLI would, and sends none.

Reads a JSON list of argument lists, without the word aws, and prints for each
what is wrong with it, or null. An answer with every member that the service has
stands for the real one, so that a query for anything else fails; one with a
filter may find nothing.
"""

import contextlib
import io
import json
import os
import sys

os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1",
                  AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)

import awscli.clidriver
import botocore.endpoint
import botocore.utils

answers = []


class Answered:
    status_code = 200


def answer(endpoint, operation, request):
    shape = operation.output_shape
    full = botocore.utils.ArgumentGenerator(use_member_names=True).generate_skeleton(shape) if shape else {}
    for name in ("NextToken", "nextToken", "Marker", "NextMarker", "IsTruncated", "NextRecordName", "NextRecordType", "NextRecordIdentifier"):
        full.pop(name, None)
    answers.append(operation.name)
    return Answered(), full


botocore.endpoint.Endpoint.make_request = answer


def wrong(driver, arguments):
    out, err = io.StringIO(), io.StringIO()
    del answers[:]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = driver.main(arguments + ["--output", "json"] if "--output" not in arguments else arguments)
        except SystemExit as end:
            status = end.code
    if status:
        return err.getvalue().strip() or f"exit status {status}"
    if not answers:
        return "it asks AWS nothing"
    query = arguments[arguments.index("--query") + 1] if "--query" in arguments else "?"
    if "?" not in query and (out.getvalue().strip() in ("null", "[]", "None", "") or "null" in out.getvalue().split()):
        return f"the query finds nothing in an answer: {out.getvalue()}"
    return None


def wrong_at_all(arguments):
    """Asks again with a new driver: one keeps what it knows of the call before."""
    return wrong(driver, arguments) and wrong(awscli.clidriver.create_clidriver(), arguments)


driver = awscli.clidriver.create_clidriver()
json.dump([wrong_at_all(arguments) for arguments in json.load(sys.stdin)], sys.stdout)
