# Bucket, key and Region come from `make bootstrap`. Until it has made the bucket, it keeps the state beside these files.
terraform {
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}
