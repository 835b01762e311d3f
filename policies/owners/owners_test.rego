package remora.owners_test

import data.remora.owners

request(metadata) := {"object": {"metadata": metadata}, "parameters": {"labels": {"example.com/owner": "^team-"}}}

test_takes_an_owner if {
	count(owners.deny) == 0 with input as request({"labels": {"example.com/owner": "team-a"}})
}

test_refuses_none_and_says_how_to_add_it if {
	owners.deny == {{
		"msg": "metadata.labels[example.com/owner]: is required",
		"patch": [{"op": "add", "path": "/metadata/labels", "value": {"example.com/owner": "CHANGE-ME"}}],
	}} with input as request({})
	owners.deny == {{
		"msg": "metadata.labels[example.com/owner]: is required",
		"patch": [{"op": "add", "path": "/metadata/labels/example.com~1owner", "value": "CHANGE-ME"}],
	}} with input as request({"labels": {"app": "web"}})
}

test_refuses_another_pattern if {
	owners.deny == {`metadata.labels[example.com/owner]: "me" does not fit ^team-`} with input as request({"labels": {"example.com/owner": "me"}})
}
