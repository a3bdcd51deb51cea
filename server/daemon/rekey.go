package daemon

import (
	"errors"
	"net"

	"github.com/splitledger/splitledger/server/settings"
)

// Rekey encrypts the secrets in the settings of a directory anew, under a key that is made, or under that in a file where
// the key before is from [Options.KeyFile]. No daemon may serve the directory.
func Rekey(o Options, by, newKeyFile string) (err error) {
	if conn, err := net.Dial("unix", AdminSocket(o.Dir)); err == nil {
		conn.Close()
		return errors.New("expected that no server runs in this directory: stop it first, as it has the key in memory")
	}
	if (o.KeyFile == "") != (newKeyFile == "") {
		return errors.New("expected --secret-key-file and --new-key-file, or none of both where the key is in _server.key")
	}
	var key *settings.EncryptionKey
	if newKeyFile != "" {
		if key, err = settings.ReadEncryptionKey(newKeyFile); err != nil {
			return err
		}
	}
	d := &Daemon{options: o}
	if err := d.openSettings(); err != nil {
		return err
	}
	return errors.Join(d.settings.Rekey(settings.Actor{By: by}, key), d.settings.Close())
}
