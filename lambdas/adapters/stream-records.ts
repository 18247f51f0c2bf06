import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { RowChange } from '../domain/consequences.ts';
import { fromItem, type Item, isStackItem } from './stack-item.ts';

/**
 * The changes of stack rows in a batch of the table's stream. The stream's filter drops most of what is of no
 * interest; what it lets through but is no change of a stack row (a removal, another kind of item) is dropped here.
 */
export function rowChanges(event: DynamoDBStreamEvent): RowChange[] {
  return event.Records.flatMap(({ dynamodb }) => {
    const [before, after] = [dynamodb?.OldImage as Item | undefined, dynamodb?.NewImage as Item | undefined];
    if (after === undefined || !isStackItem(after)) return [];
    return [{ before: before && fromItem(before), after: fromItem(after) }];
  });
}
