/**
 * Heat's convergence scenarios by their names: each undisturbed, and each with the death of an engine in the middle.
 * What Heat's tests do to a stack by rolling it back, a resource that fails does here.
 */
import { describe, expect, test } from 'vitest';
import type { Template } from '../../../../examples/heat/hot.ts';
import { EMPTY } from './scenario-cloud.ts';
import { ScenarioWorld } from './scenario-world.ts';

/** `name: requires`, by spaces; a resource whose type is not the first one is written `name:type`. */
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
/** C is another resource. */
const REPLACED = template({ A: '', B: '', 'C:second': 'A B', D: 'C', E: 'C' });
const REPLACED_LONG = template({ A: '', B: '', 'C:second': 'A B', D: 'C', E: 'C', F: 'D E' });
/** What exists between the replacement of C and the deletion of the old one. */
const NOT_CLEANED_UP = template({ A: '', B: '', 'C:second': 'A B', D: 'C', E: 'C', 'C/replaced': 'A B' });
const CHAIN = template({ A: '', B: 'A', C: 'B', D: 'C' });
const SHUFFLED = template({ A: '', B: 'A', C: 'B', D: 'B' });

const SCENARIOS: Record<string, (world: ScenarioWorld) => Promise<void>> = {
  async basic_create(world) {
    await world.create(BASIC);
    await world.ends('COMPLETE', BASIC);
  },
  async basic_create_rollback(world) {
    await world.create(BASIC, { rollback: true, fails: { D: 'FOR_GOOD' } });
    await world.ends('FAILED', EMPTY);
  },
  async basic_update_delete(world) {
    await world.create(BASIC);
    await world.ends('COMPLETE', BASIC);
    await world.update(BASIC, BASIC);
    await world.ends('COMPLETE', BASIC);
    await world.delete(BASIC);
    await world.ends('COMPLETE', EMPTY);
  },
  async create_early_delete(world) {
    await world.create(BASIC);
    await world.has(3);
    await world.delete(BASIC);
    await world.ends('COMPLETE', EMPTY);
  },
  async disjoint_create(world) {
    const disjoint = template({ A: '', B: '', C: 'A', D: 'C', E: '' });
    await world.create(disjoint);
    await world.ends('COMPLETE', disjoint);
  },
  async multiple_update(world) {
    await world.create(BASIC);
    await world.ends('COMPLETE', BASIC);
    await world.update(BASIC, SHRUNK);
    await world.ends('COMPLETE', SHRUNK);
    await world.update(SHRUNK, LONG);
    await world.ends('COMPLETE', LONG);
    await world.delete(LONG);
    await world.ends('COMPLETE', EMPTY);
  },
  async update_add(world) {
    await world.create(BASIC);
    await world.ends('COMPLETE', BASIC);
    await world.update(BASIC, ADDED);
    await world.ends('COMPLETE', ADDED);
  },
  async update_add_concurrent(world) {
    await world.create(BASIC);
    await world.has(2);
    await world.update(BASIC, ADDED);
    await world.ends('COMPLETE', ADDED);
  },
  async update_add_rollback(world) {
    await world.create(BASIC);
    await world.ends('COMPLETE', BASIC);
    await world.update(BASIC, ADDED, { rollback: true, fails: { F: 'FOR_GOOD' } });
    await world.ends('FAILED', BASIC);
  },
  async update_add_rollback_early(world) {
    await world.create(BASIC);
    await world.ends('COMPLETE', BASIC);
    await world.update(BASIC, ADDED, { rollback: true, fails: { C: 'FOR_GOOD' } });
    await world.ends('FAILED', BASIC);
  },
  async update_interrupt_create(world) {
    await world.create(CHAIN);
    await world.has(1);
    await world.update(CHAIN, SHUFFLED);
    await world.ends('COMPLETE', SHUFFLED);
  },
  async update_remove(world) {
    await world.create(BASIC);
    await world.ends('COMPLETE', BASIC);
    await world.update(BASIC, SHRUNK);
    await world.ends('COMPLETE', SHRUNK);
  },
  async update_remove_rollback(world) {
    await world.create(BASIC);
    await world.ends('COMPLETE', BASIC);
    await world.update(BASIC, SHRUNK, { rollback: true, fails: { E: 'FOR_GOOD' } });
    await world.ends('FAILED', BASIC);
  },
  async update_replace(world) {
    await world.create(BASIC);
    await world.ends('COMPLETE', BASIC);
    await world.update(BASIC, REPLACED);
    await world.has(6);
    await world.ends('COMPLETE', REPLACED);
  },
  async update_replace_invert_deps(world) {
    const [before, after] = [template({ A: '', B: 'A' }), template({ 'A:second': 'B', 'B:second': '' })];
    await world.create(before);
    await world.ends('COMPLETE', before);
    await world.update(before, after);
    await world.has(4);
    await world.ends('COMPLETE', after);
    await world.delete(after);
    await world.ends('COMPLETE', EMPTY);
  },
  async update_replace_missed_cleanup(world) {
    await world.create(BASIC);
    await world.ends('COMPLETE', BASIC);
    await world.update(BASIC, REPLACED);
    await world.has(6);
    // From what was COMPLETE last: so the old C is not forgotten.
    await world.update(BASIC, REPLACED_LONG);
    await world.ends('COMPLETE', REPLACED_LONG);
    await world.delete(REPLACED_LONG);
    await world.ends('COMPLETE', EMPTY);
  },
  async update_replace_missed_cleanup_delete(world) {
    await world.create(BASIC);
    await world.ends('COMPLETE', BASIC);
    await world.update(BASIC, REPLACED);
    await world.has(6);
    await world.delete(NOT_CLEANED_UP);
    await world.ends('COMPLETE', EMPTY);
  },
  async update_replace_rollback(world) {
    await world.create(BASIC);
    await world.ends('COMPLETE', BASIC);
    await world.update(BASIC, REPLACED, { rollback: true, fails: { E: 'FOR_GOOD' } });
    await world.has(6);
    await world.ends('FAILED', BASIC);
  },
  async update_user_replace(world) {
    // Who uses C is replaced with it.
    const after = template({ A: '', B: '', 'C:second': 'A B', 'D:second': 'C', E: 'C' });
    await world.create(BASIC);
    await world.ends('COMPLETE', BASIC);
    await world.update(BASIC, after);
    await world.ends('COMPLETE', after);
  },
  async update_user_replace_rollback(world) {
    const after = template({ A: '', B: '', 'C:second': 'A B', 'D:second': 'C', E: 'C' });
    await world.create(BASIC);
    await world.ends('COMPLETE', BASIC);
    await world.update(BASIC, after, { rollback: true, fails: { D: 'FOR_GOOD' } });
    await world.ends('FAILED', BASIC);
  },
  async update_user_replace_rollback_update(world) {
    const after = template({ A: '', B: '', 'C:second': 'A B', 'D:second': 'C', E: 'C' });
    await world.create(BASIC);
    await world.ends('COMPLETE', BASIC);
    await world.update(BASIC, after, { rollback: true, fails: { D: 'FOR_GOOD' } });
    await world.ends('FAILED', BASIC);
    await world.update(BASIC, LONG);
    await world.ends('COMPLETE', LONG);
    await world.delete(LONG);
    await world.ends('COMPLETE', EMPTY);
  },
};

describe.each(Object.entries(SCENARIOS))('%s', (_, scenario) => {
  test('undisturbed', async () => {
    await scenario(new ScenarioWorld());
  });

  test('with an engine death in the middle', async () => {
    const undisturbed = new ScenarioWorld();
    await scenario(undisturbed);
    const world = new ScenarioWorld(Math.floor(undisturbed.calls / 2));
    await scenario(world);
    expect(world.deaths).toBe(1);
  });
});
