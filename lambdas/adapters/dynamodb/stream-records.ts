import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { RowChange } from '../../domain/consequences.ts';
import { type Item, isResourceItem, isStackItem } from './keys.ts';
import { fromResourceItem } from './resource-action-item.ts';
import { fromItem } from './stack-item.ts';

/**
 * The changes of rows in a batch of the table's stream. The stream's filter drops most of what is of no interest; what
 * it lets through but is no change of a row (a removal, another kind of item) is dropped here.
 */
export function rowChanges(event: DynamoDBStreamEvent): RowChange[] {
  return event.Records.flatMap(({ dynamodb }): RowChange[] => {
    const [before, after] = [dynamodb?.OldImage as Item | undefined, dynamodb?.NewImage as Item | undefined];
    if (after === undefined) return [];
    if (isStackItem(after)) return [{ before: before && fromItem(before), after: fromItem(after) }];
    if (isResourceItem(after)) {
      return [{ before: before && fromResourceItem(before), after: fromResourceItem(after) }];
    }
    return [];
  });
}
