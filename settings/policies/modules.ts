/** The label of ConfigMaps that carry a compiled module. */
export const moduleLabel = 'remora.dev/policy-module';

/** What a module was made for: `<namespace>/<name>` of the policy, then `/<kind>` of the template where it has several. */
export const ofAnnotation = 'remora.dev/policy-module-of';
