// The server's side of the API: it turns HTTP requests into calls on a Server, and results and failures into JSON. The
// caller is known before a request gets here (by the mode of the socket file, or by a pinned certificate). What the
// caller may do is decided by the Server that it gets (runtime/server/peer-access.ts).
//
// A defect in this program is answered as a failure without a stack; the stack goes to the log.
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { Failure } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { Caller } from '../model/peer-role.ts';
import { callOf, callOn, isServerMethod, type ServerMethod } from '../runtime/contract/server.ts';
import type { PeerAccess } from '../runtime/server/peer-access.ts';
import { requestBytesMax, requestSchema } from './messages.ts';

export type RequestHandler = (request: Request, caller: Caller) => Promise<Response>;

export function serverApplication(access: Pick<PeerAccess, 'name' | 'check' | 'serverFor'>, log: Log): RequestHandler {
  const application = new Hono<{ Bindings: { readonly caller: Caller }; Variables: { method: ServerMethod } }>();
  // The call is checked before its body is read, so a caller without access cannot send one.
  application.use('/v1/:service/:method', async (context, next) => {
    const method = `${context.req.param('service')}.${context.req.param('method')}`;
    if (!isServerMethod(method)) return failed(404, noSuch(`the method ${method}`));
    access.check(context.env.caller, method);
    context.set('method', method);
    return next();
  });
  application.use(bodyLimit({ maxSize: requestBytesMax, onError: () => failed(413, tooLarge()) }));
  application.post('/v1/:service/:method', async (context) => {
    const method = context.get('method');
    const body = requestSchema.safeParse(await context.req.json().catch(() => undefined));
    if (!body.success) return failed(400, badRequest(method, 'the body is not {"parameters": […]}'));
    const parameters = callOf(method).parameters.safeParse(body.data.parameters);
    if (!parameters.success) {
      const [issue] = parameters.error.issues;
      return failed(400, badRequest(method, `${issue?.path.join('.')}: ${issue?.message}`));
    }
    const result = await callOn(access.serverFor(context.env.caller), method, parameters.data);
    return Response.json({ result: result ?? null });
  });
  application.notFound((context) => failed(404, noSuch(`${context.req.method} ${context.req.path}`)));
  application.onError((error) => {
    if (error instanceof Failure) return failed(error.code === 'ACCESS-DENIED' ? 403 : 422, error);
    log.write('error', `a call of the API failed: ${error.message}`, { stack: error.stack });
    const reason = 'a defect of the server; its log has the details';
    return failed(500, new Failure({ code: 'DEFECT', operation: 'answer', subject: access.name, reason }));
  });
  return async (request, caller) => application.fetch(request, { caller });
}

function failed(status: number, { code, operation, subject, reason, hint, retryable }: Failure): Response {
  return Response.json({ failure: { code, operation, subject, reason, hint, retryable } }, { status });
}

function badRequest(method: ServerMethod, reason: string): Failure {
  return new Failure({ code: 'REQUEST-INVALID', operation: 'read the parameters', subject: method, reason });
}

function tooLarge(): Failure {
  const reason = `it is larger than ${requestBytesMax} bytes`;
  return new Failure({ code: 'REQUEST-TOO-LARGE', operation: 'read the request', subject: 'the body', reason });
}

function noSuch(subject: string): Failure {
  const reason = 'this server has no such thing in version 1 of its API';
  return new Failure({ code: 'API-UNKNOWN', operation: 'answer', subject, reason });
}
