/**
 * What a driver may do to the process that opens it: end it, block it forever, or print to standard error
 * what its error does not say.
 */
const how = process.env.DYING_DEVICE;
if (how === 'abort') {
  process.stderr.write('the driver gives up\n');
  process.abort();
} else if (how === 'hang') {
  setInterval(() => undefined, 1000);
} else {
  process.stderr.write(
    'error: libcublas.so.12: cannot open shared object file: No such file or directory\n',
    () => {
      process.send!({ type: 'closed', reason: 'Failed to load shared library' }, () => process.exit(0));
    },
  );
}
