import { expect, test } from 'vitest';
import type { HeatStack } from '../../../../heat-bridge/domain/heat.ts';
import { cancelUpdate, checkResource, type RpcMessage } from '../../../../heat-bridge/domain/rpc.ts';

const STACK = { id: 'adf4a5b7', tenant: 'demo', name: 'web' } as HeatStack;
const ID = '7f3c1c52-0f6e-4a4e-9a5b-2f9d6d1c0e11';

const contentOf = ({ body }: RpcMessage) => JSON.parse(JSON.parse(body)['oslo.message']);

test('a look at a step: what Heat itself would send, in the name of an administrator', () => {
  const data = { input_data: { "tuple:(3, True, 'resource')": { id: 3 } } };
  const poke = { kind: 'poke', resourceId: 7, traversal: 'tr-1', isUpdate: true, data } as const;
  const sent = checkResource(STACK, poke, ID);
  expect(sent.routingKey).toBe('engine_worker');
  expect(JSON.parse(sent.body)['oslo.version']).toBe('2.0');
  expect(contentOf(sent)).toMatchObject({
    method: 'check_resource',
    version: '1.3',
    args: { resource_id: 7, current_traversal: 'tr-1', data, is_update: true, adopt_stack_data: null },
    _unique_id: '7f3c1c520f6e4a4e9a5b2f9d6d1c0e11',
    _context_is_admin: true,
    _context_project_id: 'demo',
  });
});

test('a cancellation names the stack', () => {
  const sent = cancelUpdate(STACK, true, ID);
  expect(sent).toMatchObject({ routingKey: 'engine', expirationMs: 5000 });
  expect(contentOf(sent)).toMatchObject({
    method: 'stack_cancel_update',
    args: {
      stack_identity: { tenant: 'demo', stack_name: 'web', stack_id: 'adf4a5b7', path: '' },
      cancel_with_rollback: true,
    },
  });
  expect(contentOf(cancelUpdate(STACK, false, ID)).args.cancel_with_rollback).toBe(false);
});
