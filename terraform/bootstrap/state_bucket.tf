# If the bucket exists but is in no state, Terraform adopts it.
import {
  for_each = var.bucket_exists ? toset(["state"]) : toset([])
  to       = aws_s3_bucket.state
  id       = local.bucket
}

resource "aws_s3_bucket" "state" {
  # checkov:skip=CKV2_AWS_62: nothing needs a notification of a new state
  # checkov:skip=CKV_AWS_18: a log of accesses needs a second bucket, and CloudTrail's data events can show accesses, too
  # checkov:skip=CKV_AWS_144: a lost state can be imported again from the resources, which are in one Region, too
  bucket = local.bucket

  lifecycle {
    prevent_destroy = true
  }
}

# An earlier version of a state can be restored for 90 days (the lifecycle rule below).
resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.bucket

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket = aws_s3_bucket.state.bucket

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "state" {
  bucket = aws_s3_bucket.state.bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.bucket

  rule {
    bucket_key_enabled = var.state_kms_key_arn != null

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.state_kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.state_kms_key_arn
    }
  }
}

data "aws_iam_policy_document" "state_bucket" {
  statement {
    sid       = "OnlyOverTLS"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["arn:${local.partition}:s3:::${local.bucket}", "arn:${local.partition}:s3:::${local.bucket}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.bucket
  policy = data.aws_iam_policy_document.state_bucket.json

  depends_on = [aws_s3_bucket_public_access_block.state]
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.bucket

  rule {
    id     = "OldVersions"
    status = "Enabled"

    filter {
      prefix = ""
    }

    noncurrent_version_expiration {
      noncurrent_days = 90
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  # Every plan leaves an old version of its lock. S3 can filter only by prefix, so the lock of each state needs a rule.
  dynamic "rule" {
    for_each = local.state_keys

    content {
      id     = "Locks ${rule.key}"
      status = "Enabled"

      filter {
        prefix = "${rule.value}.tflock"
      }

      noncurrent_version_expiration {
        noncurrent_days = 1
      }

      expiration {
        expired_object_delete_marker = true
      }
    }
  }

  # S3 accepts rules about versions only after versioning is on.
  depends_on = [aws_s3_bucket_versioning.state]
}
