/**
 * Heat's convergence scenarios by their names, each without a fault and each with the death of an
 * engine in the middle. Heat's tests ask for a rollback. Here a resource fails.
 */
import { describe, expect, test } from 'vitest';
import type { Template } from '../../../../examples/hot-engine/hot.ts';
import { EMPTY } from './scenario-cloud.ts';
import { ScenarioHarness } from './scenario-harness.ts';

/** Each entry is `name: 'required names'` or `name:type`; the default type is `first`. */
function template(lines: Record<string, string>): Template {
  const entries = Object.entries(lines).map(([key, requires]) => {
    const [name = '', type = 'first'] = key.split(':');
    return { name, type, requires: new Set(requires.split(' ').filter((one) => one !== '')) };
  });
  return {
    types: new Map(entries.map(({ name, type }) => [name, type])),
    requires: new Map(entries.map(({ name, requires }) => [name, requires])),
  };
}

const BASIC = template({ A: '', B: '', C: 'A B', D: 'C', E: 'C' });
const SHRUNK = template({ A: '', B: '', C: 'A B', D: 'C' });
const ADDED = template({ A: '', B: '', C: 'A B', D: 'C', E: 'C', F: 'D' });
const LONG = template({ A: '', B: '', C: 'A B', D: 'C', E: 'C', F: 'D E' });
/** C has another type: it is replaced. */
const REPLACED = template({ A: '', B: '', 'C:second': 'A B', D: 'C', E: 'C' });
const REPLACED_LONG = template({ A: '', B: '', 'C:second': 'A B', D: 'C', E: 'C', F: 'D E' });
/** What exists between the replacement of C and the deletion of the old one. */
const NOT_CLEANED_UP = template({ A: '', B: '', 'C:second': 'A B', D: 'C', E: 'C', 'C/replaced': 'A B' });
const CHAIN = template({ A: '', B: 'A', C: 'B', D: 'C' });
const SHUFFLED = template({ A: '', B: 'A', C: 'B', D: 'B' });

const SCENARIOS: Record<string, (harness: ScenarioHarness) => Promise<void>> = {
  async basic_create(harness) {
    await harness.create(BASIC);
    await harness.ends('COMPLETE', BASIC);
  },
  async basic_create_rollback(harness) {
    await harness.create(BASIC, { rollback: true, fails: { D: 'FOR_GOOD' } });
    await harness.ends('FAILED', EMPTY);
  },
  async basic_update_delete(harness) {
    await harness.create(BASIC);
    await harness.ends('COMPLETE', BASIC);
    await harness.update(BASIC, BASIC);
    await harness.ends('COMPLETE', BASIC);
    await harness.delete(BASIC);
    await harness.ends('COMPLETE', EMPTY);
  },
  async create_early_delete(harness) {
    await harness.create(BASIC);
    await harness.has(3);
    await harness.delete(BASIC);
    await harness.ends('COMPLETE', EMPTY);
  },
  async disjoint_create(harness) {
    const disjoint = template({ A: '', B: '', C: 'A', D: 'C', E: '' });
    await harness.create(disjoint);
    await harness.ends('COMPLETE', disjoint);
  },
  async multiple_update(harness) {
    await harness.create(BASIC);
    await harness.ends('COMPLETE', BASIC);
    await harness.update(BASIC, SHRUNK);
    await harness.ends('COMPLETE', SHRUNK);
    await harness.update(SHRUNK, LONG);
    await harness.ends('COMPLETE', LONG);
    await harness.delete(LONG);
    await harness.ends('COMPLETE', EMPTY);
  },
  async update_add(harness) {
    await harness.create(BASIC);
    await harness.ends('COMPLETE', BASIC);
    await harness.update(BASIC, ADDED);
    await harness.ends('COMPLETE', ADDED);
  },
  async update_add_concurrent(harness) {
    await harness.create(BASIC);
    await harness.has(2);
    await harness.update(BASIC, ADDED);
    await harness.ends('COMPLETE', ADDED);
  },
  async update_add_rollback(harness) {
    await harness.create(BASIC);
    await harness.ends('COMPLETE', BASIC);
    await harness.update(BASIC, ADDED, { rollback: true, fails: { F: 'FOR_GOOD' } });
    await harness.ends('FAILED', BASIC);
  },
  async update_add_rollback_early(harness) {
    await harness.create(BASIC);
    await harness.ends('COMPLETE', BASIC);
    await harness.update(BASIC, ADDED, { rollback: true, fails: { C: 'FOR_GOOD' } });
    await harness.ends('FAILED', BASIC);
  },
  async update_interrupt_create(harness) {
    await harness.create(CHAIN);
    await harness.has(1);
    await harness.update(CHAIN, SHUFFLED);
    await harness.ends('COMPLETE', SHUFFLED);
  },
  async update_remove(harness) {
    await harness.create(BASIC);
    await harness.ends('COMPLETE', BASIC);
    await harness.update(BASIC, SHRUNK);
    await harness.ends('COMPLETE', SHRUNK);
  },
  async update_remove_rollback(harness) {
    await harness.create(BASIC);
    await harness.ends('COMPLETE', BASIC);
    await harness.update(BASIC, SHRUNK, { rollback: true, fails: { E: 'FOR_GOOD' } });
    await harness.ends('FAILED', BASIC);
  },
  async update_replace(harness) {
    await harness.create(BASIC);
    await harness.ends('COMPLETE', BASIC);
    await harness.update(BASIC, REPLACED);
    await harness.has(6);
    await harness.ends('COMPLETE', REPLACED);
  },
  async update_replace_invert_deps(harness) {
    const [before, after] = [template({ A: '', B: 'A' }), template({ 'A:second': 'B', 'B:second': '' })];
    await harness.create(before);
    await harness.ends('COMPLETE', before);
    await harness.update(before, after);
    await harness.has(4);
    await harness.ends('COMPLETE', after);
    await harness.delete(after);
    await harness.ends('COMPLETE', EMPTY);
  },
  async update_replace_missed_cleanup(harness) {
    await harness.create(BASIC);
    await harness.ends('COMPLETE', BASIC);
    await harness.update(BASIC, REPLACED);
    await harness.has(6);
    // From the last COMPLETE template, so the old C is deleted as well.
    await harness.update(BASIC, REPLACED_LONG);
    await harness.ends('COMPLETE', REPLACED_LONG);
    await harness.delete(REPLACED_LONG);
    await harness.ends('COMPLETE', EMPTY);
  },
  async update_replace_missed_cleanup_delete(harness) {
    await harness.create(BASIC);
    await harness.ends('COMPLETE', BASIC);
    await harness.update(BASIC, REPLACED);
    await harness.has(6);
    await harness.delete(NOT_CLEANED_UP);
    await harness.ends('COMPLETE', EMPTY);
  },
  async update_replace_rollback(harness) {
    await harness.create(BASIC);
    await harness.ends('COMPLETE', BASIC);
    await harness.update(BASIC, REPLACED, { rollback: true, fails: { E: 'FOR_GOOD' } });
    await harness.has(6);
    await harness.ends('FAILED', BASIC);
  },
  async update_user_replace(harness) {
    // D requires C, and is replaced with it.
    const after = template({ A: '', B: '', 'C:second': 'A B', 'D:second': 'C', E: 'C' });
    await harness.create(BASIC);
    await harness.ends('COMPLETE', BASIC);
    await harness.update(BASIC, after);
    await harness.ends('COMPLETE', after);
  },
  async update_user_replace_rollback(harness) {
    const after = template({ A: '', B: '', 'C:second': 'A B', 'D:second': 'C', E: 'C' });
    await harness.create(BASIC);
    await harness.ends('COMPLETE', BASIC);
    await harness.update(BASIC, after, { rollback: true, fails: { D: 'FOR_GOOD' } });
    await harness.ends('FAILED', BASIC);
  },
  async update_user_replace_rollback_update(harness) {
    const after = template({ A: '', B: '', 'C:second': 'A B', 'D:second': 'C', E: 'C' });
    await harness.create(BASIC);
    await harness.ends('COMPLETE', BASIC);
    await harness.update(BASIC, after, { rollback: true, fails: { D: 'FOR_GOOD' } });
    await harness.ends('FAILED', BASIC);
    await harness.update(BASIC, LONG);
    await harness.ends('COMPLETE', LONG);
    await harness.delete(LONG);
    await harness.ends('COMPLETE', EMPTY);
  },
};

describe.each(Object.entries(SCENARIOS))('%s', (_, scenario) => {
  test('without a fault', async () => {
    await scenario(new ScenarioHarness());
  });

  test('with an engine death in the middle', async () => {
    const faultless = new ScenarioHarness();
    await scenario(faultless);
    const harness = new ScenarioHarness(Math.floor(faultless.calls / 2));
    await scenario(harness);
    expect(harness.deaths).toBe(1);
  });
});
