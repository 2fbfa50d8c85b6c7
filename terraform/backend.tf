# Each environment's bucket is in environments/<environment>.s3.tfbackend, which `make bootstrap` writes.
terraform {
  backend "s3" {
    key          = "confirmed-users.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}
