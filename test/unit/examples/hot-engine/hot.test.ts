import { expect, test } from 'vitest';
import { parseTemplate } from '../../../../examples/hot-engine/hot.ts';

/** A HOT file with these resources. */
const hot = (resources: string) => `heat_template_version: 2018-08-31\nresources:\n${resources}`;

/** What each resource requires. */
const requirements = (text: string): Record<string, string[]> =>
  Object.fromEntries([...parseTemplate(text).requires].map(([name, all]) => [name, [...all].sort()]));

/** What `web` requires, if these are its properties. There are resources a, b and c. */
const required = (properties: string) =>
  requirements(
    hot(`  a: {type: T}\n  b: {type: T}\n  c: {type: T}\n  web: {type: T, properties: ${properties}}\n`),
  ).web;

test.each([
  ['get_resource', '{server: {get_resource: a}}', ['a']],
  ['get_attr', '{ip: {get_attr: [a, networks, private, 0]}}', ['a']],
  ['get_attr of a resource alone', '{all: {get_attr: [a]}}', ['a']],
  ['get_attr written as a string', '{all: {get_attr: a}}', ['a']],
  ['get_attr with a function as its path', '{ip: {get_attr: [a, {get_attr: [b, name]}]}}', ['a', 'b']],
  ['str_replace', '{x: {str_replace: {template: $ip, params: {$ip: {get_attr: [a, ip]}}}}}', ['a']],
  ['list_join', '{x: {list_join: [",", [{get_resource: a}, {get_attr: [b, ip]}]]}}', ['a', 'b']],
  ['if, either branch', '{x: {if: [big, {get_resource: a}, {get_resource: b}]}}', ['a', 'b']],
  ['repeat', '{x: {repeat: {for_each: {"%p%": [1]}, template: {at: "%p%", of: {get_resource: c}}}}}', ['c']],
  ['yaql', '{x: {yaql: {expression: $.data.len(), data: {get_attr: [a, ips]}}}}', ['a']],
  ['map_merge in map_replace', '{x: {map_replace: [{map_merge: [{k: {get_attr: [a, m]}}]}, {}]}}', ['a']],
  ['lists of lists', '{x: [[[{get_resource: a}]], {y: [{z: {get_resource: b}}]}]}', ['a', 'b']],
  ['twice the same', '{x: {get_resource: a}, y: {get_attr: [a, ip]}}', ['a']],
  [
    'parameters and pseudo parameters are no resources',
    '{x: {get_param: a}, y: {get_param: "OS::stack_id"}}',
    [],
  ],
  ['a mapping of several keys is no function', '{x: {get_resource: a, size: 3}}', []],
  ['files are no resources', '{x: {get_file: a}}', []],
])('references: %s', (_, properties, expected) => {
  expect(required(properties)).toEqual(expected);
});

test('depends_on is a name, a list of names, or an if of these; metadata counts, other sections do not', () => {
  const text = hot(`
  a: {type: T}
  b: {type: T, depends_on: a}
  c: {type: T, depends_on: [a, b]}
  d: {type: T, depends_on: [{if: [big, a, [b, c]]}]}
  e: {type: T, metadata: {of: {get_resource: d}}}
  f: {type: T, external_id: 7f3c, properties: {of: {get_resource: e}}}
  g: {type: T, update_policy: {of: {get_resource: f}}, condition: big}
outputs:
  out: {value: {get_attr: [nowhere, ip]}}
conditions:
  big: {equals: [{get_param: size}, big]}
`);
  expect(requirements(text)).toEqual({
    a: [],
    b: ['a'],
    c: ['a', 'b'],
    d: ['a', 'b', 'c'],
    e: ['d'],
    f: [],
    g: [],
  });
});

test('anchors, aliases and merge keys count where they are used', () => {
  const text = hot(`
  a: {type: T}
  b: &b {type: T, properties: &properties {of: {get_resource: a}}}
  c: {type: T, properties: *properties}
  d: {<<: *b, depends_on: c}
`);
  expect(requirements(text)).toEqual({ a: [], b: ['a'], c: ['a'], d: ['a', 'c'] });
});

test('aliases that stand for billions of values are read once each', () => {
  const level = (n: number) =>
    `    l${n}: &l${n} [${Array(10)
      .fill(`*l${n - 1}`)
      .join(', ')}]\n`;
  const levels = Array.from({ length: 12 }, (_, n) => level(n + 1)).join('');
  const text = hot(
    `  a: {type: T}\n  web:\n   type: T\n   properties:\n    l0: &l0 {get_resource: a}\n${levels}`,
  );
  expect(requirements(text).web).toEqual(['a']);
});

test.each(['2013-05-23', '2018-08-31', 'rocky', '"2021-04-16"', 'wallaby'])(
  'heat_template_version: %s',
  (version) => {
    expect(requirements(`heat_template_version: ${version}\nresources: {a: {type: T}}`)).toEqual({ a: [] });
  },
);

test.each(['', 'resources:\n', 'resources: {}\n', 'outputs: {x: {value: 1}}\n'])(
  'a file without resources is one with nothing to do: %j',
  (sections) => {
    expect(requirements(`heat_template_version: rocky\n${sections}`)).toEqual({});
  },
);

test('of two equal keys the last one counts, as in Heat', () => {
  expect(requirements(hot('  b: {type: T}\n  a: {type: T, depends_on: b}\n  a: {type: T}\n'))).toEqual({
    b: [],
    a: [],
  });
});

test('names of resources may be those of what every object has, or numbers', () => {
  const text = hot(
    '  constructor: {type: T}\n  7: {type: T, depends_on: constructor}\n  x: {type: T, depends_on: 7}\n',
  );
  expect(requirements(text)).toEqual({ constructor: [], 7: ['constructor'], x: ['7'] });
});

test('the order of resources is that of the file', () => {
  const { types } = parseTemplate(hot('  z: {type: OS::Heat::None}\n  a: {type: ../lib/server.yaml}\n'));
  expect([...types]).toEqual([
    ['z', 'OS::Heat::None'],
    ['a', '../lib/server.yaml'],
  ]);
});

test.each<[string, string, RegExp]>([
  ['nothing', '', /heat_template_version/],
  ['a list', '- a', /a HOT file must be a mapping/],
  ['another file', 'parameter_defaults: {a: 1}', /heat_template_version.*"parameter_defaults"/],
  ['broken YAML', hot('  a: {type: T'), /not YAML.* at line 3/],
  ['two documents', `${hot('  a: {type: T}\n')}---\nb: 1\n`, /not YAML.*multiple documents/],
  ['an alias of nothing', hot('  a: *b\n'), /not YAML.*alias/i],
  ['nested too deeply', hot(`  a: ${'['.repeat(200_000)}`), /not YAML/],
  ['Jinja2', hot('{% for role in roles %}\n  {{role}}: {type: T}\n{% endfor %}\n'), /render a Jinja2/],
  ['resources as a list', 'heat_template_version: rocky\nresources: [a]', /resources must be a mapping/],
  ['a resource as a string', hot('  a: OS::Heat::None\n'), /resource a must be a mapping/],
  ['no type', hot('  a: {properties: {}}\n'), /resource a has no type/],
  ['an empty resource', hot('  a:\n'), /resource a has no type/],
  ['a slash in a name', hot('  a/b: {type: T}\n'), /"a\/b": its name must be/],
  ['a name too long', hot(`  ${'a'.repeat(241)}: {type: T}\n`), /1 to 240/],
  [
    'a reference to a function',
    hot('  a: {type: T, properties: {x: {get_resource: {get_param: p}}}}\n'),
    /resource a: get_resource does not name a resource: \{"get_param":"p"\}/,
  ],
  ['an empty get_attr', hot('  a: {type: T, properties: {x: {get_attr: []}}}\n'), /get_attr does not name/],
  ['depends_on of nonsense', hot('  a: {type: T, depends_on: {b: c}}\n'), /depends_on cannot be/],
  [
    'a missing resource',
    hot('  a: {type: T, depends_on: b}\n'),
    /a requires b, which the file does not define/,
  ],
  ['itself', hot('  a: {type: T, depends_on: a}\n'), /each other: a → a$/],
  [
    'a cycle, and a resource that requires it',
    hot(
      '  z: {type: T, depends_on: a}\n  a: {type: T, depends_on: b}\n  b: {type: T, properties: {x: {get_resource: c}}}\n  c: {type: T, depends_on: a}\n',
    ),
    /each other: a → b → c → a$/,
  ],
  ['more than Heat reads', `${hot('  a: {type: T}\n')}#${'x'.repeat(600_000)}`, /524288 are allowed/],
])('refused: %s', { timeout: 60_000 }, (_, text, message) => {
  const error = { name: 'TemplateError', message: expect.stringMatching(message) };
  expect(() => parseTemplate(text)).toThrow(expect.objectContaining(error));
});
