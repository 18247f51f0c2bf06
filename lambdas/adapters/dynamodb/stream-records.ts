import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { RowChange } from '../../domain/consequences.ts';
import { type Item, isResourceActionItem, isStackItem } from './keys.ts';
import { fromResourceActionItem } from './resource-action-item.ts';
import { fromStackItem } from './stack-item.ts';

/**
 * The changes of rows in a batch of the table's stream. The stream's filter drops most of what is
 * of no interest; what it lets through but is no change of a row (a removal, another kind of item)
 * is dropped here.
 */
export function rowChanges(event: DynamoDBStreamEvent): RowChange[] {
  return event.Records.flatMap(({ dynamodb }): RowChange[] => {
    const [before, after] = [dynamodb?.OldImage as Item | undefined, dynamodb?.NewImage as Item | undefined];
    if (after === undefined) return [];
    if (isStackItem(after)) return [{ before: before && fromStackItem(before), after: fromStackItem(after) }];
    if (isResourceActionItem(after)) {
      return [{ before: before && fromResourceActionItem(before), after: fromResourceActionItem(after) }];
    }
    return [];
  });
}
