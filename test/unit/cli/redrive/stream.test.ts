/** What becomes of the records that a function could not process. */
import { describe, expect, test } from 'vitest';
import { MemoryRecords, setUp } from './fake-dead-letters.ts';

describe('stream failures', () => {
  const ARN = 'arn:aws:lambda:eu-north-1:123456789012:function:effects';
  const event = { Records: [{ eventID: '1' }, { eventID: '2' }] };
  /** As Lambda writes it for a DynamoDB stream. */
  const record = (more: object = {}) =>
    JSON.stringify({
      requestContext: {
        requestId: 'r',
        functionArn: ARN,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 4,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: '2026-01-31T12:00:00.000Z',
      DDBStreamBatchInfo: { shardId: 's', startSequenceNumber: '1', endSequenceNumber: '2', batchSize: 2 },
      payload: JSON.stringify(event),
      ...more,
    });

  test('go to the function that failed, and are deleted after it succeeded', async () => {
    const stream = new MemoryRecords({ 'aws/lambda/1': record() });
    const { invoked, redrive } = setUp({ stream });
    const { code, reports } = await redrive('--queue', 'stream');
    expect(code).toBe(0);
    expect(reports).toMatchObject([
      { source: 'stream', sent: [{ id: 'aws/lambda/1', about: 'effects, 2 records' }] },
    ]);
    expect(invoked).toEqual([[ARN, event]]);
    expect(stream.objects.size).toBe(0);
  });

  test('are left alone by a dry run', async () => {
    const stream = new MemoryRecords({ 'aws/lambda/1': record() });
    const { invoked, redrive } = setUp({ stream });
    const { reports } = await redrive('--dry-run');
    expect(reports[4].sent).toMatchObject([{ id: 'aws/lambda/1' }]);
    expect(invoked).toEqual([]);
    expect(stream.objects.size).toBe(1);
  });

  test('stay if the function fails again; the next one is tried', async () => {
    const stream = new MemoryRecords({ one: record(), two: record() });
    let calls = 0;
    const invoke = async () => {
      if (++calls === 1) throw new Error('Unhandled: still broken');
    };
    const { redrive } = setUp({ stream, streamFunctions: { names: ['effects'], invoke } });
    const { code, reports } = await redrive();
    expect(code).toBe(1);
    expect(reports[4].failed[0]).toMatchObject({ id: 'one', about: expect.stringContaining('still broken') });
    expect([...stream.objects.keys()]).toEqual(['one']);
  });

  test('that are malformed stay, or are deleted if asked for', async () => {
    const malformed = {
      text: 'hello',
      'no function': record({ requestContext: {} }),
      'a function of others': record({ requestContext: { functionArn: `${ARN}-of-others` } }),
      'no payload': record({ payload: undefined }),
      'no records': record({ payload: '{}' }),
      nothing: 'null',
    };
    const stream = new MemoryRecords(malformed);
    const { invoked, redrive } = setUp({ stream });
    expect((await redrive()).reports[4].malformed).toHaveLength(6);
    expect(stream.objects.size).toBe(6);
    await redrive('--delete-malformed', '--dry-run');
    expect(stream.objects.size).toBe(6);
    await redrive('--delete-malformed');
    expect(stream.objects.size).toBe(0);
    expect(invoked).toEqual([]);
  });
});
