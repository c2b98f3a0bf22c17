// A server behind its API, used like one in this process: every call of the table is one request. The answer is parsed;
// a Failure on the other side is thrown here as the same Failure.
//
// It also rejects with the failures of `send` (nobody answers, or the certificate is not the pinned one), and with
// ANSWER-INVALID when the other side does not speak this API.
import { Failure } from '../base/failure.ts';
import { callOf, type Server, type ServerMethod, serverFrom } from '../runtime/contract/server.ts';
import { answerSchema, callPath } from './messages.ts';

/** Sends a JSON body to a path of the server by POST and gives the answer's body; rejects with a Failure. */
export type Send = (path: string, body: string) => Promise<string>;

/** `name` is the name of the server here and in its own reports. */
export function remoteServer(name: string, send: Send): Server {
  return serverFrom(name, async (method, parameters) => {
    const body = await send(callPath(method), JSON.stringify({ parameters }));
    return resultOf(name, method, body);
  });
}

function resultOf(name: string, method: ServerMethod, body: string): unknown {
  const answer = answerSchema.safeParse(parseJson(body));
  if (!answer.success) throw invalidAnswer(name, method, 'it is no answer of this API');
  if ('failure' in answer.data) throw new Failure(answer.data.failure);
  const result = callOf(method).result.safeParse(answer.data.result);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalidAnswer(name, method, `${issue?.path.join('.')}: ${issue?.message}`);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function invalidAnswer(name: string, method: ServerMethod, reason: string): Failure {
  return new Failure({
    code: 'ANSWER-INVALID',
    operation: `read the answer to ${method}`,
    subject: `server ${name}`,
    reason,
    hint: 'run the same version of understudy on both servers',
  });
}
