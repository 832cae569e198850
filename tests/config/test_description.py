import re

import pytest
from jsonschema import Draft202012Validator

from config import description, examples
from tests import routes


@pytest.fixture(scope="module")
def whole() -> dict:
    return routes._description()


def test_every_operation_has_words_a_described_tag_and_a_name_of_its_own(whole):
    told = list(description.operations(whole))
    names = [operation["operationId"] for _, _, operation in told]
    described = {tag["name"] for tag in whole["tags"] if tag.get("description")}

    assert [name for name in names if not re.fullmatch(r"[a-z]+(?:_[a-z0-9]+)*", name)] == []
    assert sorted(names) == sorted(set(names))
    assert [one["operationId"] for _, _, one in told if not (one.get("summary") and one.get("description"))] == []
    assert {tag for _, _, one in told for tag in one["tags"]} - described == set()


def test_every_parameter_is_described(whole):
    bare = [
        f"{operation['operationId']} {parameter['name']}"
        for _, _, operation in description.operations(whole)
        for parameter in operation.get("parameters", ())
        if not parameter.get("description")
    ]

    assert bare == []


def test_every_operation_tells_all_its_failures_as_problem_documents(whole):
    shared = {f"#/components/responses/{told[0]}" for told in description.FAILURES.values()}

    for _, method, operation in description.operations(whole):
        failures = {int(code): told for code, told in operation["responses"].items() if int(code) >= 400}
        wanted = {*description.ALWAYS, *(description.WRITING if method != "GET" else ())}
        assert wanted - set(failures) == set()
        assert {told["$ref"] for code, told in failures.items() if code != 416} - shared == set()
    for told in whole["components"]["responses"].values():
        assert list(told["content"]) == [description.PROBLEM]
        assert told["content"][description.PROBLEM]["example"]["status"] in description.FAILURES


def test_each_example_is_a_body_that_its_operation_takes(whole):
    bodies = {
        operation["operationId"]: operation["requestBody"]["content"]["application/json"]
        for _, _, operation in description.operations(whole)
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }

    assert set(examples.BODIES) - set(bodies) == set()
    for name, example in examples.BODIES.items():
        told = bodies[name].get("example") or next(iter(bodies[name]["examples"].values()))["value"]
        Draft202012Validator({**bodies[name]["schema"], "components": whole["components"]}).validate(told)
        assert example


def test_shapes_are_named_for_readers(whole):
    names = whole["components"]["schemas"]

    assert [name for name in names if re.search(r"Shape|Enum$|Request$|^Paginated|^Patched", name)] == []


def test_a_token_is_the_first_way_to_be_known(whole):
    scheme = whole["components"]["securitySchemes"]["token"]
    first = {next(iter(operation["security"][0])) for _, _, operation in description.operations(whole)}

    assert (scheme["type"], scheme["scheme"], first) == ("http", "bearer", {"token"})


def test_shapes_that_would_share_a_name_keep_their_own():
    assert description.shape_names({"NetShape": {}, "NetEnum": {}, "OddRequest": {}}) == {
        "NetShape": "NetShape",
        "NetEnum": "NetEnum",
        "OddRequest": "Odd",
    }


@pytest.mark.parametrize(
    ("method", "path", "old", "name"),
    [
        ("GET", "posts/", "posts_list", "list_posts"),
        ("POST", "policies/", "policies_create", "create_policy"),
        ("GET", "policies/{id}/versions/", "policies_versions_list", "list_policy_versions"),
        ("PUT", "clients/{slug}/hours/", "x", "set_client_hours"),
        ("POST", "approval-links/{id}/revoke/", "x", "revoke_approval_link"),
        ("GET", "metrics/best-times/", "x", "get_best_times_metrics"),
        ("DELETE", "tokens/{id}/", "x", "revoke_token"),
    ],
)
def test_operations_are_named_as_methods(method, path, old, name):
    assert description.operation_name(method, path, {"operationId": old}) == name
