# METADATA
# title: Cost
# description: |
#   What a workload requests, over all of its replicas, stays within a budget a month: parameters.budget, at
#   parameters.prices for one core and one GiB a month, in any one currency.
# custom:
#   remora:
#     kinds: [apps/Deployment, apps/StatefulSet]
#     enforcement: warn
package remora.cost

deny contains message if {
	total > input.parameters.budget
	message := sprintf(
		"%d replicas request %v cores and %v GiB: %v a month, more than the budget of %v",
		[replicas, cores, gibibytes, total, input.parameters.budget],
	)
}

deny contains sprintf("spec.template.spec.containers[%d].resources.requests: %s is required to know the cost", [at, of]) if {
	some at, container in spec.containers
	some of in ["cpu", "memory"]
	not container.resources.requests[of]
}

spec := input.object.spec.template.spec

replicas := object.get(input.object.spec, "replicas", 1)

# A sidecar runs beside the others; other init containers run before them, and are left out.
running contains {"path": sprintf("containers[%d]", [at]), "container": container} if {
	some at, container in spec.containers
}

running contains {"path": sprintf("initContainers[%d]", [at]), "container": container} if {
	some at, container in spec.initContainers
	container.restartPolicy == "Always"
}

cores := replicas * sum([units.parse(each.container.resources.requests.cpu) | some each in running])

gibibytes := bytes / 1073741824 if {
	bytes := replicas * sum([units.parse_bytes(each.container.resources.requests.memory) | some each in running])
}

total := (cores * input.parameters.prices.core) + (gibibytes * input.parameters.prices.gibibyte)
