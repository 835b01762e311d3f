# METADATA
# title: Pod Security, baseline
# description: |
#   What the Pod Security Standard "baseline" (https://kubernetes.io/docs/concepts/security/pod-security-standards/)
#   forbids. Pods are refused; workloads whose pods would be refused are answered with a warning.
# custom:
#   remora:
#     kinds: [Pod, apps/Deployment, apps/StatefulSet, apps/DaemonSet, apps/ReplicaSet, batch/Job, batch/CronJob]
package remora.baseline

import data.remora.lib.pod

deny contains problem if {
	pod.is_pod
	some problem in problems
}

warn contains problem if {
	not pod.is_pod
	some problem in problems
}

allowed_capabilities := {
	"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
	"SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
}

allowed_sysctls := {
	"kernel.shm_rmid_forced",
	"net.ipv4.ip_local_port_range",
	"net.ipv4.ip_unprivileged_port_start",
	"net.ipv4.tcp_syncookies",
	"net.ipv4.ping_group_range",
	"net.ipv4.ip_local_reserved_ports",
	"net.ipv4.tcp_keepalive_time",
	"net.ipv4.tcp_fin_timeout",
	"net.ipv4.tcp_keepalive_intvl",
	"net.ipv4.tcp_keepalive_probes",
	"net.ipv4.tcp_rmem",
	"net.ipv4.tcp_wmem",
	"net.ipv4.tcp_slow_start_after_idle",
	"net.ipv4.tcp_notsent_lowat",
}

allowed_selinux_types := {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}

problems contains sprintf("spec.%s: true is not allowed", [field]) if {
	some field in ["hostNetwork", "hostPID", "hostIPC"]
	pod.pod.spec[field] == true
}

problems contains sprintf("%s.windowsOptions.hostProcess: true is not allowed", [path]) if {
	some {"path": path, "context": context} in pod.contexts
	context.windowsOptions.hostProcess == true
}

problems contains sprintf("%s.securityContext.privileged: true is not allowed", [path]) if {
	some {"path": path, "container": container} in pod.containers
	container.securityContext.privileged == true
}

problems contains sprintf("%s.securityContext.capabilities.add: %s is not allowed", [path, capability]) if {
	some {"path": path, "container": container} in pod.containers
	some capability in container.securityContext.capabilities.add
	not capability in allowed_capabilities
}

problems contains sprintf("spec.volumes[%d].hostPath: is not allowed (volume %q)", [at, volume.name]) if {
	some at, volume in pod.pod.spec.volumes
	volume.hostPath
}

problems contains sprintf("%s.ports[%d].hostPort: %d is not allowed", [path, at, port.hostPort]) if {
	some {"path": path, "container": container} in pod.containers
	some at, port in container.ports
	port.hostPort != 0
}

problems contains sprintf("%s.%s.%s.host: %q is not allowed", [path, probe, handler, host]) if {
	some {"path": path, "container": container} in pod.containers
	some probe in ["livenessProbe", "readinessProbe", "startupProbe"]
	some handler in ["httpGet", "tcpSocket"]
	host := container[probe][handler].host
	host != ""
}

problems contains sprintf("%s.lifecycle.%s.%s.host: %q is not allowed", [path, hook, handler, host]) if {
	some {"path": path, "container": container} in pod.containers
	some hook in ["postStart", "preStop"]
	some handler in ["httpGet", "tcpSocket"]
	host := container.lifecycle[hook][handler].host
	host != ""
}

problems contains sprintf("%s.appArmorProfile.type: %s is not allowed", [path, type]) if {
	some {"path": path, "context": context} in pod.contexts
	type := context.appArmorProfile.type
	not type in {"RuntimeDefault", "Localhost"}
}

problems contains sprintf("metadata.annotations[%s]: %s is not allowed", [key, value]) if {
	some key, value in pod.pod.metadata.annotations
	startswith(key, "container.apparmor.security.beta.kubernetes.io/")
	not apparmor_allowed(value)
}

apparmor_allowed(value) if value in {"", "runtime/default"}

apparmor_allowed(value) if startswith(value, "localhost/")

problems contains sprintf("%s.seLinuxOptions.type: %s is not allowed", [path, type]) if {
	some {"path": path, "context": context} in pod.contexts
	type := context.seLinuxOptions.type
	not type in allowed_selinux_types
}

problems contains sprintf("%s.seLinuxOptions.%s: is not allowed", [path, field]) if {
	some {"path": path, "context": context} in pod.contexts
	some field in ["user", "role"]
	object.get(context.seLinuxOptions, field, "") != ""
}

problems contains sprintf("%s.securityContext.procMount: %s is not allowed", [path, mount]) if {
	some {"path": path, "container": container} in pod.containers
	mount := container.securityContext.procMount
	mount != "Default"
	not pod.pod.spec.hostUsers == false
}

problems contains sprintf("%s.seccompProfile.type: %s is not allowed", [path, type]) if {
	some {"path": path, "context": context} in pod.contexts
	type := context.seccompProfile.type
	not type in {"RuntimeDefault", "Localhost"}
}

problems contains sprintf("spec.securityContext.sysctls: %s is not allowed", [sysctl.name]) if {
	some sysctl in pod.pod.spec.securityContext.sysctls
	not sysctl.name in allowed_sysctls
}
