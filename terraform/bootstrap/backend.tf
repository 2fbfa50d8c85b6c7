# `make bootstrap` gives the bucket, the key and the Region. Until the bucket exists, the state is in this folder.
terraform {
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}
