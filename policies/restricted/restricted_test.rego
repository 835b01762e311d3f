package remora.restricted_test

import data.remora.restricted

container := {
	"name": "a",
	"securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
}

spec := {
	"securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
	"containers": [container],
}

request(more) := {"kind": {"kind": "Pod"}, "object": {"metadata": {}, "spec": object.union(spec, more)}}

with_context(more) := request({"containers": [object.union(container, {"securityContext": more})]})

forbidden := {
	"volume": request({"volumes": [{"name": "v", "nfs": {}}]}),
	"escalation": with_context({"allowPrivilegeEscalation": true}),
	"root": with_context({"runAsUser": 0}),
	"may be root": with_context({"runAsNonRoot": false}),
	"not said": request({"securityContext": {"runAsNonRoot": null}}),
	"seccomp": request({"securityContext": {"seccompProfile": null}}),
	"drop": with_context({"capabilities": {"drop": ["NET_RAW"]}}),
	"add": with_context({"capabilities": {"add": ["CHOWN"]}}),
	"proc mount": with_context({"procMount": "Unmasked"}),
}

test_takes_a_hardened_pod if {
	count(restricted.deny) == 0 with input as request({})
}

test_refuses_each_thing_that_is_forbidden if {
	every input_of in forbidden {
		count(restricted.deny) == 1 with input as input_of
	}
}

test_lets_a_windows_pod_be_without_linux_fields if {
	bare := {"os": {"name": "windows"}, "containers": [{"name": "a"}], "securityContext": {"runAsNonRoot": true}}
	count(restricted.deny) == 0 with input as request(bare)
}

test_lets_a_pod_in_a_user_namespace_be_root_inside if {
	root := {"hostUsers": false, "securityContext": {"runAsNonRoot": null, "runAsUser": 0}}
	count(restricted.deny) == 0 with input as request(root)
}
