import { expect, test } from 'vitest';
import { checkPython } from '../../../local/python.ts';

test.each([
  ['3.10.0 \n', { usable: true, version: '3.10.0' }],
  ['3.14.2 ', { usable: true, version: '3.14.2' }],
  ['3.9.21 \n', { usable: false, why: 'is 3.9.21, which is too old' }],
  ['2.7.18 ', { usable: false, why: 'is 2.7.18, which is too old' }],
  ['4.0.0 ', { usable: false, why: 'is 4.0.0, which is untested' }],
  ['3.11.2 ensurepip\n', { usable: false, why: 'is 3.11.2, without ensurepip' }],
  ['3.12.1 venv ensurepip', { usable: false, why: 'is 3.12.1, without venv and ensurepip' }],
  ['', { usable: false, why: 'prints no version: nothing' }],
  ['Python was not found', { usable: false, why: 'prints no version: Python was not found' }],
])('a Python that prints %j', (printed, check) => {
  expect(checkPython(printed)).toEqual(check);
});
