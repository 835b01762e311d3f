package remora.probes_test

import data.remora.probes

probe := {"tcpSocket": {"port": 80}}

request(kind, spec) := {
	"kind": {"kind": kind},
	"object": {"spec": spec},
	"parameters": {"required": ["readinessProbe", "livenessProbe"]},
}

test_takes_a_container_with_its_probes if {
	spec := {"containers": [{"name": "a", "readinessProbe": probe, "livenessProbe": probe}]}
	count(probes.deny) == 0 with input as request("Pod", spec)
}

test_names_each_that_is_missing if {
	spec := {"template": {"spec": {"containers": [{"name": "a", "readinessProbe": probe}, {"name": "b"}]}}}
	probes.deny == {
		"spec.containers[0].livenessProbe: is required",
		"spec.containers[1].readinessProbe: is required",
		"spec.containers[1].livenessProbe: is required",
	} with input as request("Deployment", spec)
}

test_wants_none_of_what_ends if {
	count(probes.deny) == 0 with input as request("Pod", {"restartPolicy": "Never", "containers": [{"name": "a"}]})
}

test_wants_none_of_init_and_debugging_containers if {
	containers := [{"name": "a", "readinessProbe": probe, "livenessProbe": probe}]
	others := {"initContainers": [{"name": "i"}], "ephemeralContainers": [{"name": "d"}]}
	count(probes.deny) == 0 with input as request("Pod", object.union(others, {"containers": containers}))
}
