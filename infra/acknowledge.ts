import { type IResolvable, Stack, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Records why a rule of cdk-nag's AwsSolutions pack does not apply to a construct. */
export function acknowledge(construct: Construct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions-${rule}`, reason });
}

/**
 * Records why a role's policy has this wildcard. cdk-nag wants each wildcard named as it appears in
 * the template.
 */
export function acknowledgeWildcard(role: Construct, resource: string, reason: string): void {
  acknowledge(role, `IAM5[Resource::${flatten(Stack.of(role).resolve(resource))}]`, reason);
}

/**
 * A resource as cdk-nag writes it: the pieces of a join, with references and attributes in angle
 * brackets.
 */
function flatten(resource: string | IResolvable): string {
  if (typeof resource === 'string') return resource;
  const intrinsic = resource as unknown as {
    Ref?: string;
    'Fn::GetAtt'?: [string, string];
    'Fn::Join'?: [string, (string | IResolvable)[]];
  };
  if (intrinsic.Ref) return `<${intrinsic.Ref}>`;
  if (intrinsic['Fn::GetAtt']) return `<${intrinsic['Fn::GetAtt'].join('.')}>`;
  const [delimiter, pieces] = intrinsic['Fn::Join'] ?? ['', []];
  return pieces.map(flatten).join(delimiter);
}
