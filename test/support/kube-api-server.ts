import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { tempFolder } from './temp-folder.js';

const run = promisify(execFile);

export interface ApiServer {
  /** kubectl with the configuration for it: a program and its first arguments. */
  kubectl: string[];
  /** Runs kubectl. Rejects if it fails. */
  call(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

/**
 * A real API server on loopback, with etcd behind it and no controllers: whoever tests does their work.
 * `undefined` if `KUBE_APISERVER` does not name one, or there is no etcd or kubectl.
 *
 * One is built by Go in half an hour: a module that requires `k8s.io/kubernetes v1.36.3`, with
 * `replace k8s.io/api => k8s.io/api v0.36.3` and so on for all that its go.mod replaces, and
 * `go build k8s.io/kubernetes/cmd/kube-apiserver`.
 */
export async function startApiServer(): Promise<ApiServer | undefined> {
  const { KUBE_APISERVER: program } = process.env;
  const tools = [run('etcd', ['--version']), run('kubectl', ['version', '--client'])];
  if (!program || (await Promise.allSettled(tools)).some(({ status }) => status === 'rejected'))
    return undefined;
  const folder = tempFolder('kube');
  const [etcdPort, peerPort, port] = await Promise.all([freePort(), freePort(), freePort()]);
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const file = (name: string, text: string | Buffer) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const key = file('sa.key', privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const pub = file('sa.pub', publicKey.export({ type: 'spki', format: 'pem' }));
  const tokens = file('tokens.csv', 'secret,admin,1,system:masters\n');
  const etcd = spawn(
    'etcd',
    [
      ...['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync'],
      ...['--listen-client-urls', `http://127.0.0.1:${etcdPort}`],
      ...['--advertise-client-urls', `http://127.0.0.1:${etcdPort}`],
      ...['--listen-peer-urls', `http://127.0.0.1:${peerPort}`],
    ],
    { stdio: 'ignore' },
  );
  const server = spawn(
    program,
    [
      ...[`--etcd-servers=http://127.0.0.1:${etcdPort}`, `--secure-port=${port}`, '--bind-address=127.0.0.1'],
      ...[`--cert-dir=${join(folder, 'certs')}`, `--token-auth-file=${tokens}`],
      ...['--authorization-mode=RBAC', '--disable-admission-plugins=ServiceAccount'],
      ...['--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${pub}`],
      ...[`--service-account-signing-key-file=${key}`, '--service-cluster-ip-range=10.0.0.0/24'],
    ],
    { stdio: 'ignore' },
  );
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'c', cluster: { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: 'u', user: { token: 'secret' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace: 'default' } }],
    'current-context': 'c',
  };
  const kubectl = ['kubectl', '--kubeconfig', file('config', JSON.stringify(config))];
  const call = async (...args: string[]) => (await run('kubectl', [...kubectl.slice(1), ...args])).stdout;
  const stop = async () => {
    for (const each of [server, etcd]) {
      each.kill('SIGKILL');
      if (each.exitCode === null && each.signalCode === null)
        await new Promise((resolve) => each.once('exit', resolve));
    }
  };
  for (let attempt = 0; ; attempt++) {
    const error = await call('get', 'namespace', 'default').then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) return { kubectl, call, stop };
    if (attempt === 120 || server.exitCode !== null) {
      await stop();
      throw error;
    }
    await sleep(500);
  }
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
