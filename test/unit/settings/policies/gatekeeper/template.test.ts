import { expect } from 'chai';
import { problems, read, readWell, writtenConstraint, writtenTemplate } from './write.ts';

const constraint = writtenConstraint();

/** Of a template with a good constraint. */
function ofTemplate(written: Parameters<typeof writtenTemplate>[0]): readonly string[] {
  return problems(writtenTemplate(written), constraint);
}

const v0 = 'package shop\nviolation[{"msg": "no"}] { true }\n';
const v1 = 'package shop\nviolation contains {"msg": "no"} if true\n';

describe('settings/policies/gatekeeper/template', () => {
  it('reads kind, Rego, parameters’ schema, operations and what it needs of the cluster', () => {
    const [template] = readWell(
      writtenTemplate({
        rego: 'package shop\nimport data.lib.names\nviolation[{"msg": m}] { m := data.inventory.cluster.v1[_][_] }\n',
        target: { libs: ['package lib.names\n'], operations: ['UPDATE', 'DELETE'] },
        validation: { openAPIV3Schema: { type: 'object', properties: { a: { type: 'string' } } } },
        metadata: {
          annotations: {
            'metadata.gatekeeper.sh/requires-sync-data':
              '"[[{"groups": ["", "apps"], "versions": ["v1"], "kinds": ["A"]}], [{"groups": [""], "versions": ["v1"], "kinds": ["B"]}]]"\n',
          },
        },
      }),
      constraint,
    ).templates;
    expect(template).to.deep.include({
      kind: 'K8sShop',
      operations: ['UPDATE', 'DELETE'],
      inventory: [
        [
          { group: '', version: 'v1', kind: 'A' },
          { group: 'apps', version: 'v1', kind: 'A' },
        ],
        [{ group: '', version: 'v1', kind: 'B' }],
      ],
      isReferential: true,
      places: [
        { name: 'template.rego', file: '0.yaml', line: 23, column: 9 },
        { name: 'lib-0.rego', file: '0.yaml', line: 28, column: 11 },
      ],
    });
    expect(template?.source.regoVersion).to.equal('v0');
    expect(template?.source.files.map(({ name }) => name)).to.deep.equal([
      'gatekeeper.rego',
      'lib-0.rego',
      'template.rego',
    ]);
    expect(template?.schema?.properties['a']?.types).to.deep.equal(['string']);
  });

  it('asks for CREATE and UPDATE when the template names no operations, and for all with *', () => {
    expect(readWell(writtenTemplate(), constraint).templates[0]?.operations).to.deep.equal(['CREATE', 'UPDATE']);
    const all = writtenTemplate({ target: { operations: ['*'] } });
    expect(readWell(all, constraint).templates[0]?.operations).to.deep.equal(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']);
  });

  describe('Rego', () => {
    const versions: readonly (readonly [string, object, string])[] = [
      ['v0 of the target itself', { rego: v0 }, 'v0'],
      [
        'v0 of code that names no version',
        { rego: null, target: { code: [{ engine: 'Rego', source: { rego: v0 } }] } },
        'v0',
      ],
      ['v0 of code', { rego: null, target: { code: [{ engine: 'Rego', source: { rego: v0, version: 'v0' } }] } }, 'v0'],
      ['v1 of code', { rego: null, target: { code: [{ engine: 'Rego', source: { rego: v1, version: 'v1' } }] } }, 'v1'],
      [
        'the target’s own before code',
        { rego: v0, target: { code: [{ engine: 'Rego', source: { rego: v1, version: 'v1' } }] } },
        'v0',
      ],
      [
        'Rego beside CEL',
        {
          rego: null,
          target: {
            code: [
              { engine: 'K8sNativeValidation', source: {} },
              { engine: 'Rego', source: { rego: v1, version: 'v1' } },
            ],
          },
        },
        'v1',
      ],
    ];
    for (const [title, written, version] of versions) {
      it(`takes ${title}`, () => {
        expect(readWell(writtenTemplate(written), constraint).templates[0]?.source.regoVersion).to.equal(version);
      });
    }

    it('takes imports that change the language', () => {
      expect(
        ofTemplate({
          rego: 'package a\nimport rego.v1\nimport future.keywords.in\nviolation contains {"msg": "x"} if true',
        }),
      ).to.deep.equal([]);
    });

    const wrong: readonly (readonly [string, object, readonly string[]])[] = [
      ['no Rego', { rego: null }, ['TemplateInvalid | spec.targets[0].rego | nothing | the Rego of the template']],
      [
        'a template in CEL alone, by name',
        { rego: null, target: { code: [{ engine: 'K8sNativeValidation', source: { validations: [] } }] } },
        [
          'CelTemplate | spec.targets[0].code[0].engine | K8sNativeValidation | Rego: templates that are in CEL alone are not run',
        ],
      ],
      [
        'an engine that is not known',
        { rego: null, target: { code: [{ engine: 'rego', source: { rego: v0 } }, { source: {} }] } },
        [
          'TemplateInvalid | spec.targets[0].code[0].engine | rego | one of Rego, K8sNativeValidation | -> Rego',
          'TemplateInvalid | spec.targets[0].code[1].engine | nothing | Rego',
          'TemplateInvalid | spec.targets[0].rego | nothing | the Rego of the template',
        ],
      ],
      [
        'a version of Rego that is none',
        { rego: null, target: { code: [{ engine: 'Rego', source: { rego: v0, version: 'V1' } }] } },
        ['TemplateInvalid | spec.targets[0].code[0].source.version | V1 | one of v0, v1, "" | -> v1'],
      ],
      [
        'external data, by name',
        { rego: 'package a\nviolation[{"msg": "x"}] { external_data({"provider": "p", "keys": []}) }' },
        ['ExternalDataTemplate | spec.targets[0].rego | external_data | Rego that asks no external data provider'],
      ],
      [
        'no package and no violation',
        { rego: 'violations[{"msg": "x"}] { true }' },
        [
          'TemplateRego | spec.targets[0].rego:1:1 | violations[{"msg": "x"}] { true } | a package statement, as its first',
          'TemplateRego | spec.targets[0].rego:1:1 | violations | a rule named violation | -> violation',
        ],
      ],
      [
        'imports and references beyond the cluster and its libs',
        {
          rego: 'package a\nimport data.other\nimport input.review as r\nviolation[{"msg": "x"}] {\n  data.secrets.x\n  data[x]\n}\n',
        },
        [
          'TemplateRego | spec.targets[0].rego | import data.other | imports of data.lib, future.keywords and rego.v1',
          'TemplateRego | spec.targets[0].rego | import input.review | imports of data.lib, future.keywords and rego.v1',
          'TemplateRego | spec.targets[0].rego | data.secrets.x | references to data.inventory and data.lib',
          'TemplateRego | spec.targets[0].rego | data | references to data.inventory and data.lib',
        ],
      ],
      [
        'libs that are not below lib, or refer elsewhere',
        { target: { libs: ['package names', 'package lib', 'x := 1', 'package lib.a\nb := data.c', 1] } },
        [
          'TemplateRego | spec.targets[0].libs[0]:1:9 | package names | a package below lib, such as package lib.images',
          'TemplateRego | spec.targets[0].libs[1]:1:9 | package lib | a package below lib, such as package lib.images',
          'TemplateRego | spec.targets[0].libs[2]:1:1 | x := 1 | a package below lib, such as package lib.images',
          'TemplateRego | spec.targets[0].libs[3] | data.c | references to data.inventory and data.lib',
          'TemplateInvalid | spec.targets[0].libs[4] | 1 | a text',
          'TemplateRego | spec.targets[0].libs[4]:1:1 |  | a package below lib, such as package lib.images',
        ],
      ],
    ];
    for (const [title, written, expected] of wrong) {
      it(`refuses ${title}`, () => {
        expect(ofTemplate(written)).to.deep.equal(expected);
      });
    }

    it('names the file’s own line and column of a mistake', () => {
      const result = read(
        writtenTemplate({ rego: 'package a\n\nviolation[{"msg": "x"}] {\n  data.secrets.x\n}\n' }),
        constraint,
      );
      expect(result.outcome === 'refused' && result.problems.map(({ field }) => field)).to.deep.equal([
        '0.yaml:16:11 spec.targets[0].rego',
      ]);
    });
  });

  const wrong: readonly (readonly [string, Parameters<typeof writtenTemplate>[0], readonly string[]])[] = [
    [
      'a version that Gatekeeper does not have',
      { version: 'v2' },
      [
        'TemplateInvalid | apiVersion | templates.gatekeeper.sh/v2 | one of templates.gatekeeper.sh/v1, templates.gatekeeper.sh/v1beta1, templates.gatekeeper.sh/v1alpha1',
      ],
    ],
    [
      'a name that is not the kind’s',
      { metadata: { name: 'shop' } },
      ['TemplateInvalid | metadata.name | shop | the kind in lower case | -> k8sshop'],
    ],
    [
      'another target',
      { target: { target: 'admission.k8s.gatekeeper' } },
      [
        'TemplateInvalid | spec.targets[0].target | admission.k8s.gatekeeper | one of admission.k8s.gatekeeper.sh | -> admission.k8s.gatekeeper.sh',
      ],
    ],
    [
      'operations that are none, or beside *',
      { target: { operations: ['create', '*'] } },
      [
        'TemplateInvalid | spec.targets[0].operations[0] | create | one of CREATE, UPDATE, DELETE, CONNECT, * | -> CREATE',
        'TemplateInvalid | spec.targets[0].operations | ["create","*"] | * alone, or operations by name',
      ],
    ],
    [
      'a schema that is not structural',
      { validation: { openAPIV3Schema: { properties: {} } } },
      [
        'TemplateSchema | spec.crd.spec.validation.openAPIV3Schema.type | nothing | one of array, boolean, integer, number, object, string',
      ],
    ],
    [
      'a sync requirement that cannot be read',
      { metadata: { annotations: { 'metadata.gatekeeper.sh/requires-sync-data': '[{' } } },
      [
        'TemplateInvalid | metadata.annotations[metadata.gatekeeper.sh/requires-sync-data] | [{ | [[{"groups": […], "versions": […], "kinds": […]}]] as JSON',
      ],
    ],
  ];
  for (const [title, written, expected] of wrong) {
    it(`refuses ${title}`, () => {
      expect(ofTemplate(written)).to.deep.equal(expected);
    });
  }

  it('refuses a kind that is none, and another number of targets than one', () => {
    expect(
      problems(
        'apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nspec: {crd: {spec: {names: {kind: a b}}}, targets: []}',
      ),
    ).to.deep.equal([
      'TemplateInvalid | spec.crd.spec.names.kind | a b | letters, digits and -, at most 63',
      'TemplateInvalid | metadata.name | nothing | a text',
      'TemplateInvalid | spec.targets | 0 targets | exactly one target',
    ]);
  });

  it('allows any parameters in old versions without a schema, and none in v1', () => {
    const withParameters = writtenConstraint({ parameters: { any: 1 } });
    const parametersOf = (version: string, validation?: object): string | undefined => {
      const result = read(writtenTemplate({ version, validation }), withParameters);
      return result.outcome === 'parsed' ? result.document.constraints[0]?.parameters : undefined;
    };
    expect(parametersOf('v1beta1')).to.equal('{"any":1}');
    expect(parametersOf('v1alpha1')).to.equal('{"any":1}');
    expect(parametersOf('v1')).to.equal(undefined);
    expect(parametersOf('v1', { legacySchema: true })).to.equal('{"any":1}');
    expect(parametersOf('v1beta1', { legacySchema: false })).to.equal(undefined);
  });

  it('warns of what it says in vain', () => {
    const result = read(
      writtenTemplate({
        target: { regos: '' },
        validation: {
          openAPIV3Schema: {
            type: 'object',
            requird: ['a'],
            properties: { a: { type: 'string', 'x-kubernetes-validations': [{ rule: 'true' }] } },
          },
        },
      }),
      constraint,
    );
    expect(
      result.outcome === 'parsed' && result.warnings.map(({ code, message }) => [code, message.replace(/^\S+ /, '')]),
    ).to.deep.equal([
      [
        'TemplateUnknownKey',
        'spec.crd.spec.validation.openAPIV3Schema.requird: "requird" is not valid: a key of OpenAPI schemas. Did you mean "required"? [TemplateUnknownKey]',
      ],
      [
        'TemplateCelRule',
        'spec.crd.spec.validation.openAPIV3Schema.properties.a.x-kubernetes-validations: "[{"rule":"true"}]" is not valid: no rule in CEL: Remora does not check it. [TemplateCelRule]',
      ],
      [
        'TemplateUnknownKey',
        'spec.targets[0].regos: "regos" is not valid: keys are target, rego, libs, code, operations. Did you mean "rego"? [TemplateUnknownKey]',
      ],
    ]);
  });
});
