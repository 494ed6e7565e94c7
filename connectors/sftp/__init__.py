"""Reading files on an SFTP server."""
