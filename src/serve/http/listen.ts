import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EtudeError, systemMessage } from '../../util/errors.js';
import type { ServerSetting } from '../options.js';

/** How long the head of a request may take, and how long a connection may be idle. Milliseconds. */
const HEAD_MS = 10_000;
const IDLE_MS = 30_000;
/** Connections at a time, whatever they do. */
const MOST_CONNECTIONS = 1000;

/**
 * Listens for requests.
 *
 * @param onMalformed Called with the status of the answer to what is not a request of HTTP.
 * @throws EtudeError if the address is in use, or is not one of this machine
 */
export async function listen(
  handle: RequestListener,
  { host, port, timeout }: ServerSetting,
  onMalformed: (status: number) => void,
): Promise<Server> {
  const server = createServer(
    {
      headersTimeout: HEAD_MS,
      // The routes answer what is late before this ends the connection.
      requestTimeout: HEAD_MS + timeout * 1000 + 5000,
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: IDLE_MS,
    },
    handle,
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const [status, text] = malformed(error.code);
    onMalformed(status);
    const body = JSON.stringify({ error: text });
    socket.end(
      `HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  }).catch((cause: NodeJS.ErrnoException) => {
    throw cannotListen(host, port, cause);
  });
  return server;
}

function malformed(code: string | undefined): [status: number, text: string] {
  if (code === 'HPE_HEADER_OVERFLOW') return [431, 'request headers too large'];
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return [408, 'request timeout'];
  return [400, 'bad request'];
}

function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): EtudeError {
  const at = `${host}:${port}`;
  if (cause.code === 'EADDRINUSE')
    return new EtudeError(`port ${port} of ${host} is in use`, {
      hint: 'Name another with --port, or 0 for any that is free.',
      cause,
    });
  if (cause.code === 'EADDRNOTAVAIL' || cause.code === 'ENOTFOUND' || cause.code === 'EAI_AGAIN')
    return new EtudeError(`'${host}' is not an address of this machine`, {
      expected: '127.0.0.1, ::1, 0.0.0.0 (every address), or a name of this machine',
      cause,
    });
  return new EtudeError(`cannot listen on ${at}: ${systemMessage(cause) ?? cause.message}`, { cause });
}

/** Where a server can be reached. */
export function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** Whether only this machine can reach a server. */
export function isLoopback(server: Server): boolean {
  const { address } = server.address() as AddressInfo;
  return address === '::1' || address.startsWith('127.');
}
