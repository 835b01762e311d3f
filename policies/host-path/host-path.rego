# METADATA
# title: No hostPath
# description: |
#   No pod mounts a path of its node, but for those of parameters.allowed and what is below them, and these read-only.
#   Pods that mount a PersistentVolume are not looked into: only a cluster's admin makes those.
# custom:
#   remora:
#     kinds: [Pod, apps/Deployment, apps/StatefulSet, apps/DaemonSet, batch/Job, batch/CronJob]
package remora.host_path

import data.remora.lib.pod

deny contains sprintf("spec.volumes[%d].hostPath.path: %q is a path of the node (volume %q)", [at, path, volume.name]) if {
	some at, volume in pod.pod.spec.volumes
	path := volume.hostPath.path
	not is_allowed(path)
}

deny contains sprintf("%s.volumeMounts[%d]: %q mounts the node's %q; write readOnly: true", [of, at, mount.name, path]) if {
	some volume in pod.pod.spec.volumes
	path := volume.hostPath.path
	is_allowed(path)
	some {"path": of, "container": container} in pod.containers
	some at, mount in container.volumeMounts
	mount.name == volume.name
	not mount.readOnly == true
}

is_allowed(path) if {
	some allowed in input.parameters.allowed
	is_below(path, trim_suffix(allowed, "/"))
}

is_below(path, folder) if path == folder

is_below(path, folder) if {
	startswith(path, sprintf("%s/", [folder]))
	not ".." in split(path, "/")
}
