# The bucket and the key are in environments/<environment>.s3.tfbackend, which `make bootstrap` writes. The key contains
# the project's name, so two projects never share a state.
terraform {
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}
