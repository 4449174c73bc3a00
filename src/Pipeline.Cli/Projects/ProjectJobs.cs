namespace Pipeline.Cli.Projects;

/// <summary>The CI files of a new project. They call its <c>build.sh</c>; nothing is decided in them.</summary>
internal static class ProjectJobs
{
    /// <summary>A workflow of GitHub Actions.</summary>
    public static string GitHub(ProjectValues values) =>
        $$$"""
            name: build
            on: [push, pull_request]
            permissions:
              contents: read
            jobs:
              build:
                # A stranger's pull request never runs on a machine of one's own.
                if: github.event_name == 'push' || github.event.pull_request.head.repo.full_name == github.repository
                # Debian 12 with what 'pipeline doctor' asks for.
                runs-on: [self-hosted, debian-12]
                timeout-minutes: 120
                steps:
            {{{GitHubCheckouts(values)}}}
                  - run: ./build.sh
                    working-directory: "{{{Project(values)}}}"
                  - uses: actions/upload-artifact@v4
                    if: always()
                    with:
                      name: kola
                      path: "{{{Project(values)}}}/tmp/kola"

            """;

    /// <summary>A declarative Jenkins pipeline.</summary>
    public static string Jenkins(ProjectValues values) =>
        $$"""
            pipeline {
              // Debian 12 with what 'pipeline doctor' asks for.
              agent { label 'debian-12' }
              options { timeout(time: 120, unit: 'MINUTES'); disableConcurrentBuilds(); skipDefaultCheckout() }
              stages {
                stage('Checkout') {
                  steps {
            {{JenkinsCheckouts(values)}}
                  }
                }
                stage('Build') { steps { dir('{{Project(values)}}') { sh './build.sh' } } }
              }
              post {
                always {
                  junit testResults: '{{BelowWorkspace(values)}}tmp/kola/reports/junit.xml', allowEmptyResults: true
                  archiveArtifacts artifacts: '{{BelowWorkspace(values)}}tmp/kola/**', allowEmptyArchive: true
                }
              }
            }

            """;

    // 'clean: false' keeps cache/, which git ignores.
    private static string GitHubCheckouts(ProjectValues values) =>
        values.Checkout is null
            ? """
                      - uses: actions/checkout@v4
                        with:
                          clean: false
                """
            : $$$"""
                      # The toolchain, where {{{ProjectFiles.Manifest}}} expects it. Set the variable to its repository, OWNER/NAME.
                      - uses: actions/checkout@v4
                        with:
                          repository: ${{ vars.PIPELINE_REPOSITORY }}
                          path: "{{{values.Checkout.Checkout}}}"
                          clean: false
                      - uses: actions/setup-dotnet@v4
                        with:
                          global-json-file: "{{{values.Checkout.Checkout}}}/global.json"
                      - uses: actions/checkout@v4
                        with:
                          path: "{{{values.Checkout.Project}}}"
                          clean: false
                """;

    private static string JenkinsCheckouts(ProjectValues values) =>
        values.Checkout is null
            ? "        checkout scm"
            : $$"""
                        // The toolchain, where {{ProjectFiles.Manifest}} expects it. Set the variable to the address of its repository.
                        dir('{{values.Checkout.Checkout}}') { git url: env.PIPELINE_REPOSITORY, branch: env.PIPELINE_BRANCH ?: 'main' }
                        dir('{{values.Checkout.Project}}') { checkout scm }
                """;

    /// <summary>The project's directory in the workspace of a job.</summary>
    private static string Project(ProjectValues values) => values.Checkout?.Project ?? ".";

    private static string BelowWorkspace(ProjectValues values) => Project(values) == "." ? "" : $"{Project(values)}/";
}
