# METADATA
# title: Owner labels
# description: Every workload carries the labels of parameters.labels, and where a pattern is given the value fits it.
# custom:
#   remora:
#     kinds: [apps/Deployment, apps/StatefulSet, apps/DaemonSet, batch/CronJob]
package remora.owners

deny contains {"msg": message, "patch": [patch_of(label)]} if {
	some label, _ in input.parameters.labels
	not input.object.metadata.labels[label]
	message := sprintf("metadata.labels[%s]: is required", [label])
}

deny contains sprintf("metadata.labels[%s]: %q does not fit %s", [label, value, pattern]) if {
	some label, pattern in input.parameters.labels
	value := input.object.metadata.labels[label]
	not regex.match(pattern, value)
}

patch_of(label) := {"op": "add", "path": sprintf("/metadata/labels/%s", [escaped(label)]), "value": "CHANGE-ME"} if {
	input.object.metadata.labels
} else := {"op": "add", "path": "/metadata/labels", "value": {label: "CHANGE-ME"}}

# RFC 6901.
escaped(label) := replace(replace(label, "~", "~0"), "/", "~1")
