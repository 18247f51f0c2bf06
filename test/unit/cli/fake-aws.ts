/** AWS behind the SDK's clients: what a test says is what it answers. */

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array;
}
// biome-ignore lint/suspicious/noExplicitAny: the request of any operation
export type Input = any;
export type Answer = object | { readonly error: string };

export class FakeAws {
  /** What AWS answers to an operation, and to each call of it: `Name` or `METHOD /path`. */
  readonly answers: Record<string, (input: Input) => Answer>;
  readonly calls: { readonly operation: string; readonly input: Input }[] = [];
  /** For the clients: in place of the network. */
  readonly settings = {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: { handle: (request: Request) => this.#handle(request) },
  };

  constructor(answers: FakeAws['answers']) {
    this.answers = answers;
  }

  inputsOf(operation: string): Input[] {
    return this.calls.filter((call) => call.operation === operation).map(({ input }) => input);
  }

  async #handle({ method, path, query, headers, body }: Request) {
    const operation = headers['x-amz-target']?.split('.').at(-1) ?? `${method} ${path}`;
    const input = body?.length ? JSON.parse(new TextDecoder().decode(body)) : query;
    this.calls.push({ operation, input });
    const answer = this.answers[operation]?.(input) ?? {};
    const response = (statusCode: number, of: object) => ({
      response: {
        statusCode,
        headers: { 'content-type': 'application/json' },
        body: new TextEncoder().encode(JSON.stringify(of)),
      },
    });
    return 'error' in answer ? response(400, { __type: answer.error, message: 'no' }) : response(200, answer);
  }
}
