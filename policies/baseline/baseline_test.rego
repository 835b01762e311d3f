package remora.baseline_test

import data.remora.baseline

request(spec) := {"kind": {"kind": "Pod"}, "object": {"metadata": {}, "spec": spec}}

with_context(context) := request({"containers": [{"name": "a", "securityContext": context}]})

forbidden := {
	"hostNetwork": request({"hostNetwork": true, "containers": []}),
	"hostPath": request({"containers": [], "volumes": [{"name": "v", "hostPath": {"path": "/"}}]}),
	"hostPort": request({"containers": [{"name": "a", "ports": [{"containerPort": 1, "hostPort": 1}]}]}),
	"privileged": with_context({"privileged": true}),
	"capability": with_context({"capabilities": {"add": ["SYS_ADMIN"]}}),
	"seccomp": with_context({"seccompProfile": {"type": "Unconfined"}}),
	"apparmor": with_context({"appArmorProfile": {"type": "Unconfined"}}),
	"selinux type": with_context({"seLinuxOptions": {"type": "spc_t"}}),
	"selinux user": with_context({"seLinuxOptions": {"user": "root"}}),
	"proc mount": with_context({"procMount": "Unmasked"}),
	"host process": with_context({"windowsOptions": {"hostProcess": true}}),
	"sysctl": request({"containers": [], "securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}}),
	"probe": request({"containers": [{"name": "a", "livenessProbe": {"httpGet": {"host": "example.com", "port": 1}}}]}),
	"hook": request({"containers": [{"name": "a", "lifecycle": {"preStop": {"httpGet": {"host": "example.com", "port": 1}}}}]}),
}

test_refuses_each_thing_that_is_forbidden if {
	every input_of in forbidden {
		count(baseline.deny) == 1 with input as input_of
	}
}

test_takes_a_plain_pod if {
	count(baseline.deny) == 0 with input as request({"containers": [{"name": "a"}]})
}

test_takes_an_unmasked_proc_in_a_user_namespace if {
	unmasked := {"hostUsers": false, "containers": [{"name": "a", "securityContext": {"procMount": "Unmasked"}}]}
	count(baseline.deny) == 0 with input as request(unmasked)
}

test_warns_of_a_template_whose_pods_would_be_refused if {
	workload := {
		"kind": {"kind": "Deployment"},
		"object": {"spec": {"template": {"metadata": {}, "spec": {"hostPID": true, "containers": []}}}},
	}
	baseline.warn == {"spec.hostPID: true is not allowed"} with input as workload
	count(baseline.deny) == 0 with input as workload
}
