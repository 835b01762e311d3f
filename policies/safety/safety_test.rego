package remora.safety_test

import data.remora.safety

request(kind, spec) := {"kind": {"kind": kind}, "object": {"spec": spec}}

test_takes_a_plain_pod if {
	plain := {"containers": [{"name": "a", "ports": [{"containerPort": 8080}], "securityContext": {"runAsUser": 1000}}]}
	count(safety.deny) == 0 with input as request("Pod", plain)
}

test_takes_what_remora_put_in if {
	proxy := {
		"name": "remora-proxy",
		"ports": [{"containerPort": 15008}],
		"securityContext": {"runAsUser": 15037},
	}
	spec := {"containers": [{"name": "a"}], "initContainers": [proxy], "volumes": [{"name": "remora-telemetry"}]}
	count(safety.deny) == 0 with input as request("Pod", spec)
}

test_refuses_remoras_ports_and_user if {
	spec := {"containers": [{
		"name": "a",
		"ports": [{"containerPort": 15006}],
		"securityContext": {"runAsUser": 15037},
	}]}
	count(safety.deny) == 2 with input as request("Pod", spec)
}

test_refuses_volumes_named_like_remoras_in_a_template if {
	spec := {"template": {"spec": {"containers": [], "volumes": [{"name": "remora-x"}]}}}
	count(safety.deny) == 1 with input as request("Deployment", spec)
}
