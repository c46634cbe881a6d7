/** Loaded by tests of what Node does in its own way (streams, bodies, cryptography), so that they run in workerd. */
import 'cloudflare:workers'
