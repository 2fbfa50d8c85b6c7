# Each environment's bucket and key are in environments/<environment>.s3.tfbackend, which `make bootstrap` writes. The
# key has the project in it, so that two projects never share a state.
terraform {
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}
