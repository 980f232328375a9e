"""What bin/dev, bin/test and bin/devdb share. Standard library only: it runs before anything is installed."""
